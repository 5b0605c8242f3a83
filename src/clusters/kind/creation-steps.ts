import { same, type Text } from '../../core/text.js';

/** Korean for kind's own words (kind `pkg/cluster/internal/create/`, `status.Start`). */
const korean: readonly (readonly [RegExp, string])[] = [
  [/^Ensuring node image/, '노드 이미지 확인'],
  [/^Preparing nodes/, '노드 준비'],
  [/^Configuring the external load balancer/, '외부 로드밸런서 설정'],
  [/^Writing configuration/, '설정 파일 작성'],
  [/^Starting control-plane/, '컨트롤 플레인 시작'],
  [/^Installing CNI/, 'CNI 설치'],
  [/^Installing StorageClass/, '스토리지 클래스 설치'],
  [/^Joining more control-plane nodes/, '컨트롤 플레인 노드 추가'],
  [/^Joining worker nodes/, '워커 노드 합류'],
  [/^Waiting/, '컨트롤 플레인이 Ready가 되기를 기다림'],
];

/** Hears kind's standard error and tells each step that begins; a line may come in pieces. */
export function creationSteps(tell: (step: Text) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const step = stepIn(line);
      if (step !== undefined) tell(step);
    }
  };
}

/** Without a terminal kind writes ` • Preparing nodes 📦 📦  ...` when a step begins, and ` ✓ ...` when it has ended. */
function stepIn(line: string): Text | undefined {
  const en = /^ • (.*?)[\s.]*$/u.exec(line)?.[1]?.replace(/\s*\p{Extended_Pictographic}.*$/u, '');
  if (en === undefined || en === '') return undefined;
  const ko = korean.find(([pattern]) => pattern.test(en))?.[1];
  return ko === undefined ? same(en) : { en, ko };
}
