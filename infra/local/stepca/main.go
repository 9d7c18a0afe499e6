// Step-ca, which asks the name server of the stack: the real one asks those of /etc/resolv.conf alone.
package main

import (
	"context"
	"log"
	"net"
	"os"

	"github.com/smallstep/certificates/authority/config"
	"github.com/smallstep/certificates/ca"
	_ "github.com/smallstep/certificates/cas/softcas"
	_ "go.step.sm/crypto/kms/softkms"
)

// main takes the configuration's path and the name server's address, host:port.
func main() {
	server := os.Args[2]
	net.DefaultResolver = &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server)
		},
	}
	settings, err := config.LoadConfiguration(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	authority, err := ca.New(settings)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(authority.Run())
}
