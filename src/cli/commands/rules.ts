import { readFileSync } from 'node:fs';
import { type ExitCode, exitCodes, UsageError } from '../../core/errors.js';
import { loadObjectList } from '../../objects/object-list.js';
import { renderRulesFile } from '../../proxy/rules-file.js';
import { inputFile } from '../../schema/input-file.js';
import type { CommandContext } from '../context.js';

export interface RulesCommandOptions {
  readonly objects: string;
  readonly node: string;
  readonly nodeIp?: string;
  readonly clusterCidr?: string;
  readonly serviceCidr?: string;
  readonly proxyMode?: string;
  readonly scheduler?: string;
}

/** What would kube-proxy write? Only the text goes to standard output. */
export async function rules(context: CommandContext, options: RulesCommandOptions): Promise<ExitCode> {
  const source = options.objects === '-' ? { file: '(standard input)', text: readFileSync(0, 'utf8') } : inputFile(options.objects);
  for (const [name, value, pattern] of [
    ['--node-ip', options.nodeIp, /^(\d{1,3}\.){3}\d{1,3}$/],
    ['--cluster-cidr', options.clusterCidr, /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/],
    ['--service-cidr', options.serviceCidr, /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/],
  ] as const) {
    if (value !== undefined && !pattern.test(value))
      throw new UsageError(`${name} ${value} is not an IPv4 ${name === '--node-ip' ? 'address' : 'range'}`);
  }
  const text = renderRulesFile({
    objects: loadObjectList(source),
    node: options.node,
    ...(options.nodeIp === undefined ? {} : { nodeIP: options.nodeIp }),
    ...(options.clusterCidr === undefined ? {} : { clusterCIDR: options.clusterCidr }),
    ...(options.serviceCidr === undefined ? {} : { serviceCIDRs: [options.serviceCidr] }),
    ...(options.proxyMode === undefined ? {} : { proxyMode: options.proxyMode }),
    ...(options.scheduler === undefined ? {} : { scheduler: options.scheduler }),
  });
  context.stdout.write(text);
  return exitCodes.ok;
}
