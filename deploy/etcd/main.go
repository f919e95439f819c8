package main

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

// startTimeout bounds the time until the member serves.
const startTimeout = 30 * time.Second

// options are the program's flags.
type options struct {
	data, client, peer, name, members string
	cert, key, clientCA               string
	level                             string
	quota                             int64
}

func main() {
	var o options
	flag.StringVar(&o.data, "data-dir", "", "`folder` of the data; empty: a temporary one, removed at the end")
	flag.StringVar(&o.client, "listen", "127.0.0.1:2379", "`address` for clients")
	flag.StringVar(&o.peer, "listen-peer", "127.0.0.1:0", "`address` for other members")
	flag.StringVar(&o.name, "name", "default", "`name` of this member")
	flag.StringVar(&o.members, "members", "", "all members as `name=URL,...`, with the URLs for members; empty: this one is alone")
	flag.StringVar(&o.cert, "cert", "", "certificate for clients, a PEM `file`; empty: no TLS")
	flag.StringVar(&o.key, "key", "", "private key of that certificate, a PEM `file`")
	flag.StringVar(&o.clientCA, "client-ca", "", "authority that must have signed the clients' certificates, a PEM `file`; empty: clients need none")
	flag.Int64Var(&o.quota, "quota", 0, "limit of the database in `bytes`; 0: etcd's default")
	flag.StringVar(&o.level, "log-level", "fatal", "etcd's log `level`")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		os.Exit(1)
	}
}

// run serves until a signal arrives.
func run(o options) error {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	if o.data == "" {
		var err error
		if o.data, err = os.MkdirTemp("", "etcd"); err != nil {
			return fmt.Errorf("making a folder for the data: %w", err)
		}
		defer os.RemoveAll(o.data) //nolint:errcheck // a temporary folder
	}
	e, err := embed.StartEtcd(o.config())
	if err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	defer e.Close()
	select {
	case <-e.Server.ReadyNotify():
		fmt.Printf("etcd: ready on %s://%s\n", o.scheme(), e.Clients[0].Addr())
	case <-time.After(startTimeout):
		return errors.New("not ready in time")
	case <-stop:
		return nil
	}
	select {
	case err := <-e.Err():
		return fmt.Errorf("serving: %w", err)
	case <-e.Server.StopNotify():
		return errors.New("the server stopped by itself")
	case <-stop:
		return nil
	}
}

// scheme is that of the URL for clients.
func (o *options) scheme() string {
	if o.cert != "" {
		return "https"
	}
	return "http"
}

func (o *options) config() *embed.Config {
	c := embed.NewConfig()
	c.Name, c.Dir, c.LogLevel, c.QuotaBackendBytes = o.name, o.data, o.level, o.quota
	clients, peers := url.URL{Scheme: o.scheme(), Host: o.client}, url.URL{Scheme: "http", Host: o.peer}
	c.ListenClientUrls, c.AdvertiseClientUrls = []url.URL{clients}, []url.URL{clients}
	c.ListenPeerUrls, c.AdvertisePeerUrls = []url.URL{peers}, []url.URL{peers}
	if c.InitialCluster = o.members; o.members == "" {
		c.InitialCluster = c.InitialClusterFromName(c.Name)
	}
	c.ClientTLSInfo.CertFile, c.ClientTLSInfo.KeyFile = o.cert, o.key
	c.ClientTLSInfo.TrustedCAFile, c.ClientTLSInfo.ClientCertAuth = o.clientCA, o.clientCA != ""
	c.UnsafeNoFsync = true // a crash of the machine may lose the data, one of this process does not
	return c
}
