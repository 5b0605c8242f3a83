// The pod network of a kind cluster, as kindnet wires it: a point-to-point link for each pod, its address from the node's own range; a route over
// the bridge to each other node's range; and a masquerade for what leaves the pods' range. It watches the nodes and holds no state of its own.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const (
	cniFile   = "/etc/cni/net.d/10-kindnet.conflist"
	every     = 10 * time.Second
	afterFail = time.Second
	patience  = time.Minute
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	self, podSubnets := os.Getenv("NODE_NAME"), strings.Split(os.Getenv("POD_SUBNET"), ",")
	if self == "" || podSubnets[0] == "" {
		log.Fatal("NODE_NAME and POD_SUBNET must be set")
	}
	api, err := inCluster()
	if err != nil {
		log.Fatal(err)
	}
	services := net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	// Like kindnet's own, it writes the file when what belongs in it changes, and not when somebody else has changed it.
	var written string
	for ctx.Err() == nil {
		wait := every
		if err := reconcile(ctx, api, self, podSubnets, services, &written); err != nil && ctx.Err() == nil {
			log.Print(err)
			wait = afterFail
		}
		api.changed(ctx, wait)
	}
}

func reconcile(ctx context.Context, api *client, self string, podSubnets []string, services string, written *string) error {
	nodes, err := api.nodes(ctx)
	if err != nil {
		return err
	}
	if err := masquerade(ctx, podSubnets); err != nil {
		return err
	}
	for _, node := range nodes {
		for _, subnet := range node.podSubnets() {
			if node.Metadata.Name == self {
				// The file makes the node Ready, and pods come to it.
				if *written == "" && !answers(ctx, services, patience) {
					log.Printf("%s does not answer, and is no longer waited for", services)
				}
				err = writeOnce(cniFile, subnet, written)
			} else if address := node.internalAddress(); address != "" {
				err = run(ctx, "", "ip", "route", "replace", subnet, "via", address)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", node.Metadata.Name, err)
			}
		}
	}
	return nil
}
