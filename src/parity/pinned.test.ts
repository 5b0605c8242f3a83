import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { pinned } from './pinned.js';

const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\n';
const deployment = (spec: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: 2\n  template:\n    spec: ${spec}\n`;

t.test('the pods of a Deployment go to one node; everything else stays as it is written', async (t) => {
  const sources = [
    { file: 's.yaml', text: `# as it is\n${service}` },
    { file: 'd.yaml', text: `${service}---\n${deployment('{containers: []}')}---\n${deployment('{nodeName: other, containers: []}')}` },
  ];
  const [first, second] = pinned(sources, 'worker');
  t.equal(first, sources[0]);
  t.equal(second?.file, 'd.yaml');
  const documents = parseAllDocuments(second?.text ?? '');
  if ('empty' in documents) throw new Error('three documents');
  t.same(
    documents.map((document) => [document.get('kind'), document.getIn(['spec', 'template', 'spec', 'nodeName'])]),
    [
      ['Service', undefined],
      ['Deployment', 'worker'],
      ['Deployment', 'other'],
    ],
  );
  t.equal(documents[1]?.getIn(['spec', 'replicas']), 2);
});
