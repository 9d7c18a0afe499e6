// Controlplane is one binary with the three servers of a Kubernetes control plane: etcd, kube-apiserver and
// kube-controller-manager. The local stack starts it once per server, the first argument naming which.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	server := ""
	if len(os.Args) > 1 {
		server = os.Args[1]
		os.Args = os.Args[1:]
	}
	switch server {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(controllermanager.NewControllerManagerCommand()))
	default:
		fmt.Fprintf(os.Stderr, "usage: %s etcd|kube-apiserver|kube-controller-manager [flags]\n", filepath.Base(os.Args[0]))
		os.Exit(2)
	}
}
