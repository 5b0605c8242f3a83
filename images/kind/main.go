// kind as its module gives it; go.sum pins that, and every module it is built from.
package main

import "sigs.k8s.io/kind/cmd/kind/app"

func main() { app.Main() }
