import { oneLine } from '../visible.js';

/** A place as a student names it: `node/myk8s-worker` is `myk8s-worker`, `pod/default/net-pod` is `net-pod`, `pod/shop/web` is `shop/web`. */
export function placeName(place: string): string {
  return oneLine(place).replace(/^(?:node|client)\/|^pod\/(?:default\/)?/, '');
}
