import t from 'tap';
import { answersCheck } from './answers.js';
import { replaced, sliceObject } from './testing/cluster.js';
import { outside, outsideAnswer, outsideConnections, outsideObjects, silent } from './testing/outside.js';
import { judged, outcome, type Staged } from './testing/stage.js';
import { answerOf, connections, unanswered } from './testing/traffic.js';

const check = (options: object, staged: Staged) => judged(answersCheck, options, staged);
/** One request to each node; the workers' by their own pod where `local`. */
const everyNode = outsideConnections(
  4,
  (index) => index,
  (index) => Math.max(0, index - 1),
);
const answers = everyNode.map(outsideAnswer);

t.test('the name that the answer repeats', async (t) => {
  const named = { by: 'backends', hostname: true };
  t.equal(outcome(check(named, outside(everyNode))), 'pass');
  const other = answers.map((answer, i) => (i === 2 ? { ...answer, body: answer.body.replace('172.18.0.4', '172.18.0.9') } : answer));
  const verdict = check(named, outside(everyNode, { answers: other }));
  t.equal(outcome(verdict), 'hostname');
  t.match(verdict.seen.en, /the answer to 172\.18\.0\.4:31662 has the hostname 172\.18\.0\.9$/);
  const whoami = answers.map((answer) => ({ ...answer, body: 'Hostname: webpod1\n' }));
  t.match(check(named, outside(everyNode, { answers: whoami })).seen.en, /has no hostname$/);
  t.equal(outcome(check({ by: 'backends' }, outside(everyNode, { answers: whoami }))), 'pass');
});

t.test('only the nodes with a pod of the Service answer', async (t) => {
  const local = { by: 'backends', local: true };
  const quiet = answers.map((answer, i) => (i === 0 ? silent(answer) : answer));
  t.equal(outcome(check(local, outside(everyNode, { answers: quiet }))), 'pass');
  t.equal(outcome(check(local, outside(everyNode))), 'answered', 'the node without one answers too');
  t.equal(outcome(check(local, outside(everyNode, { answers: answers.map(silent) }))), 'no-answer', 'nobody answers');
  const crossed = quiet.map((answer, i) => (i === 1 ? { ...answer, body: answers[2]?.body ?? '' } : answer));
  t.equal(outcome(check(local, outside(everyNode, { answers: crossed }))), 'wrong-responder', "another node's pod answers");
  t.equal(outcome(check(local, outside(everyNode, { answers: quiet.slice(1) }))), 'control', 'no node without one was asked');
  t.equal(outcome(check(local, outside(everyNode, { answers: quiet.slice(0, 1) }))), 'control', 'no node with one was asked');
  const cut = quiet.map((answer, i) => (i === 0 ? { ...answer, exitCode: 52 } : answer));
  t.equal(outcome(check(local, outside(everyNode, { answers: cut }))), 'answered', 'a connection that is cut is no silence');
  const misspelt = quiet.map((answer, i) => (i === 0 ? { ...answer, exitCode: 3 } : answer));
  t.equal(outcome(check(local, outside(everyNode, { answers: misspelt }))), 'inconclusive', 'curl did not come to ask');
});

t.test('nobody answers, while the control is answered', async (t) => {
  const nobody = { by: 'nobody', control: 'answers' };
  const asked = connections(2).map(answerOf);
  // The stage has one observation of answers: it is both the silent one and its own control here.
  const verdict = check(nobody, { answers: asked.map(unanswered) });
  t.equal(outcome(verdict), 'control');
  t.match(verdict.seen.en, /^2 requests without an answer, 0 of 2 of the control answered; /);
  t.equal(outcome(check(nobody, { answers: asked })), 'answered');
  t.equal(outcome(check(nobody, { answers: [] })), 'control', 'no request was made');
  t.equal(outcome(check({ by: 'nobody', control: 'other' }, { answers: asked })), 'inconclusive', 'there is no control');
  for (const options of [{ by: 'nobody' }, { by: 'backends', control: 'answers' }, { by: 'target', local: true }])
    t.equal(answersCheck.optionsSchema.safeParse(options).success, false);
});

t.test('a Service without a ready endpoint', async (t) => {
  const objects = outsideObjects().map((object) => (object.kind === 'EndpointSlice' ? sliceObject([]) : object));
  const verdict = check({ by: 'backends' }, outside(everyNode, { objects, answers: answers.map(silent) }));
  t.equal(outcome(verdict), 'no-answer');
  t.match(verdict.seen.en, /the Service has no ready endpoint$/);
  t.match(check({ by: 'backends' }, { objects: replaced('svc-clusterip-abcde', sliceObject([])) }).seen.en, /no request was made$/);
});
