import type { Place } from '../core/executor.js';
import { UnsoundEvidence } from '../evidence/unsound.js';

/**
 * What was observed at each of the places, in their order.
 * @throws UnsoundEvidence where nothing was observed at one of them, or where there is no place at all.
 */
export function atPlaces<T extends { readonly place: Place }>(
  views: readonly T[],
  places: readonly Place[],
  observation: string,
): readonly T[] {
  if (places.length === 0)
    throw new UnsoundEvidence({
      en: `there is no place to look at in '${observation}'`,
      ko: `'${observation}' 관측에서 살펴볼 곳이 없습니다`,
    });
  return places.map((place) => {
    const view = views.find((candidate) => candidate.place === place);
    if (view !== undefined) return view;
    throw new UnsoundEvidence({
      en: `the observation '${observation}' lacks ${place}`,
      ko: `'${observation}' 관측에 ${place}가 빠져 있습니다`,
    });
  });
}
