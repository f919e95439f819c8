package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/client"
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
)

const ourName = "cachegopher"

// target is a client library at its default settings.
type target struct {
	name  string
	get   func(ctx context.Context, key string) (size int, err error)
	set   func(ctx context.Context, key string, value []byte) error
	close func()
}

var openers = []struct {
	name string
	open func(addr string) (target, error)
}{
	{ourName, openOurs},
	{"rueidis", openRueidis},
	{"go-redis", openGoRedis},
	{"go-redis AutoPipeline", openAutoPipeline},
}

// open connects the targets that who names.
func open(addr, who string) ([]target, error) {
	var all []target
	for _, o := range openers {
		if who != "all" && !slices.Contains(strings.Split(who, ","), o.name) {
			continue
		}
		t, err := o.open(addr)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.name, err)
		}
		t.name = o.name
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no target is called %q", who)
	}
	return all, nil
}

func openOurs(addr string) (target, error) {
	c, err := client.New(client.WithServers(addr))
	if err != nil {
		return target{}, err
	}
	return target{
		get: func(ctx context.Context, key string) (int, error) {
			v, err := c.Get(ctx, key)
			return len(v), err
		},
		set:   func(ctx context.Context, key string, value []byte) error { return c.Set(ctx, key, value) },
		close: func() { c.Close() },
	}, nil
}

func openRueidis(addr string) (target, error) {
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}, DisableCache: true})
	if err != nil {
		return target{}, err
	}
	return target{
		get: func(ctx context.Context, key string) (int, error) {
			v, err := c.Do(ctx, c.B().Get().Key(key).Build()).AsBytes()
			return len(v), err
		},
		set: func(ctx context.Context, key string, value []byte) error {
			return c.Do(ctx, c.B().Set().Key(key).Value(rueidis.BinaryString(value)).Build()).Error()
		},
		close: c.Close,
	}, nil
}

func openGoRedis(addr string) (target, error) {
	c := redis.NewClient(&redis.Options{Addr: addr})
	return fromGoRedis(c, c), nil
}

func openAutoPipeline(addr string) (target, error) {
	c := redis.NewClient(&redis.Options{Addr: addr})
	ap, err := c.AutoPipeline()
	if err != nil {
		return target{}, err
	}
	return fromGoRedis(c, ap), nil
}

// commands is what both faces of go-redis have.
type commands interface {
	Get(ctx context.Context, key string) *redis.StringCmd
	Set(ctx context.Context, key string, value any, expiration time.Duration) *redis.StatusCmd
}

func fromGoRedis(c *redis.Client, face commands) target {
	return target{
		get: func(ctx context.Context, key string) (int, error) {
			v, err := face.Get(ctx, key).Bytes()
			return len(v), err
		},
		set: func(ctx context.Context, key string, value []byte) error {
			return face.Set(ctx, key, value, 0).Err()
		},
		close: func() { c.Close() },
	}
}

// startRedis runs redis-server on a free port.
func startRedis() (addr string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr = l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("starting redis-server (Debian: apt-get install redis): %w", err)
	}
	stop = func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	for range 100 {
		nc, err := net.Dial("tcp", addr)
		if err == nil {
			nc.Close()
			return addr, stop, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	return "", nil, fmt.Errorf("redis-server does not answer on %s", addr)
}
