import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Parser } from 'tap-parser';
import { reportSchema } from '../../reporters/report-schema.js';
import { parsedXml } from '../../reporters/testing/xml.js';

/** No engine is there for anybody, so that the real cluster is the one that this machine cannot run. */
export const noEngine = { DOCKER_HOST: 'unix:///nowhere/docker.sock', GITHUB_ACTIONS: '', GITHUB_STEP_SUMMARY: '', GITHUB_WORKSPACE: '' };

/** For tests alone: the reports of `svclab ci`, read by parsers that take nothing which is not whole. */
export const reportsIn = async (folder: string) => {
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const tap = new Parser();
  tap.end(await read('svclab.tap'));
  return {
    junit: parsedXml(await read('junit.xml')),
    json: reportSchema.parse(JSON.parse(await read('svclab.json'))),
    tap,
    summary: await read('summary.md'),
    names: (await readdir(folder)).sort(),
  };
};
