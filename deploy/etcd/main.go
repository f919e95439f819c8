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

func main() {
	data := flag.String("data-dir", "", "`folder` of the data; empty: a temporary one, removed at the end")
	client := flag.String("listen", "127.0.0.1:2379", "`address` for clients")
	peer := flag.String("listen-peer", "127.0.0.1:0", "`address` for other members; there are none")
	quota := flag.Int64("quota", 0, "limit of the database in `bytes`; 0: etcd's default")
	level := flag.String("log-level", "fatal", "etcd's log `level`")
	flag.Parse()
	if err := run(*data, *client, *peer, *level, *quota); err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		os.Exit(1)
	}
}

// run serves until a signal arrives.
func run(data, client, peer, level string, quota int64) error {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	if data == "" {
		var err error
		if data, err = os.MkdirTemp("", "etcd"); err != nil {
			return fmt.Errorf("making a folder for the data: %w", err)
		}
		defer os.RemoveAll(data) //nolint:errcheck // a temporary folder
	}
	e, err := embed.StartEtcd(config(data, client, peer, level, quota))
	if err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	defer e.Close()
	select {
	case <-e.Server.ReadyNotify():
		fmt.Printf("etcd: ready on http://%s\n", e.Clients[0].Addr())
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

func config(data, client, peer, level string, quota int64) *embed.Config {
	c := embed.NewConfig()
	c.Dir, c.LogLevel, c.QuotaBackendBytes = data, level, quota
	clients, peers := url.URL{Scheme: "http", Host: client}, url.URL{Scheme: "http", Host: peer}
	c.ListenClientUrls, c.AdvertiseClientUrls = []url.URL{clients}, []url.URL{clients}
	c.ListenPeerUrls, c.AdvertisePeerUrls = []url.URL{peers}, []url.URL{peers}
	c.InitialCluster = c.InitialClusterFromName(c.Name)
	c.UnsafeNoFsync = true // a crash of the machine may lose the data, one of this process does not
	return c
}
