import type { Observation } from '../../core/evidence.js';
import { digestText, type RunRecord } from '../manifest.js';

/** A run with one capture, as the tests need it. */
export function runRecord(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    lab: { id: 'clusterip', file: 'labs/clusterip/lab.yaml', sha256: digestText('apiVersion: svclab/v1\n') },
    cluster: 'netns',
    startedAt: '2025-01-02T03:04:05.678Z',
    versions: { kernel: '6.1.0', tcpdump: '4.99.3' },
    requests: 300,
    settings: { sabotage: ['masqueraded'] },
    observations: [observation()],
    verdicts: [{ claim: 'source-kept', status: 'pass' }],
    ...changes,
  };
}

export function observation(changes: Partial<Observation> = {}): Observation {
  return {
    name: 'wire',
    probe: 'capture',
    step: 'translate',
    attempt: 1,
    parts: [{ place: 'node/myk8s-worker', role: 'capture', format: 'pcap', file: 'captures/wire.pcap' }],
    soundness: { sound: true },
    ...changes,
  };
}
