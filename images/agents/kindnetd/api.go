package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const account = "/var/run/secrets/kubernetes.io/serviceaccount/"

// The few fields of a Node that matter here (Kubernetes API, core/v1).
type node struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		PodCIDRs []string `json:"podCIDRs"`
	} `json:"spec"`
	Status struct {
		Addresses []struct {
			Type    string `json:"type"`
			Address string `json:"address"`
		} `json:"addresses"`
	} `json:"status"`
}

// IPv4 ranges: the labs know no others.
func (n node) podSubnets() []string {
	result := []string{}
	for _, subnet := range n.Spec.PodCIDRs {
		if !strings.Contains(subnet, ":") {
			result = append(result, subnet)
		}
	}
	return result
}

func (n node) internalAddress() string {
	for _, each := range n.Status.Addresses {
		if each.Type == "InternalIP" && !strings.Contains(each.Address, ":") {
			return each.Address
		}
	}
	return ""
}

// All of a node that routes depend on: nodes report their state all the time, and rarely one of these changes (an address does at a restart).
func (n node) summary() string {
	return n.internalAddress() + " " + strings.Join(n.podSubnets(), " ")
}

type nodeList struct {
	Metadata struct {
		ResourceVersion string `json:"resourceVersion"`
	} `json:"metadata"`
	Items []node `json:"items"`
}

type client struct {
	base    string
	http    *http.Client
	version string
	// What was said of each node in the last list, as far as it matters here.
	known map[string]string
}

// The API server as kind names it to the agent, so that it need not wait for kube-proxy; else as every pod finds it.
func inCluster() (*client, error) {
	endpoint := os.Getenv("CONTROL_PLANE_ENDPOINT")
	if endpoint == "" {
		endpoint = net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	}
	ca, err := os.ReadFile(account + "ca.crt")
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("no certificate in %sca.crt", account)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	return &client{base: "https://" + endpoint, http: &http.Client{Transport: transport}}, nil
}

func (c *client) nodes(ctx context.Context) ([]node, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	response, err := c.get(ctx, "/api/v1/nodes")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var list nodeList
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return nil, err
	}
	c.version = list.Metadata.ResourceVersion
	c.known = map[string]string{}
	for _, each := range list.Items {
		c.known[each.Metadata.Name] = each.summary()
	}
	return list.Items, nil
}

// Returns when a node has changed since the last list in what matters here, or after `most`.
func (c *client) changed(ctx context.Context, most time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	if c.version != "" {
		if response, err := c.get(ctx, "/api/v1/nodes?watch=true&resourceVersion="+c.version); err == nil {
			defer response.Body.Close()
			decoder := json.NewDecoder(response.Body)
			for {
				var event struct {
					Type   string `json:"type"`
					Object node   `json:"object"`
				}
				if decoder.Decode(&event) != nil {
					break
				}
				if event.Type == "DELETED" || event.Type == "ERROR" || c.known[event.Object.Metadata.Name] != event.Object.summary() {
					return
				}
			}
		}
	}
	<-ctx.Done()
}

func (c *client) get(ctx context.Context, path string) (*http.Response, error) {
	// Read each time: the kubelet renews it.
	token, err := os.ReadFile(account + "token")
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("GET %s: %s", path, response.Status)
	}
	return response, nil
}
