package client

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

func benchConn(b *testing.B) *conn {
	addr := os.Getenv("CACHEGOPHER_BENCH_ADDR")
	if addr == "" {
		b.Skip("CACHEGOPHER_BENCH_ADDR is not set")
	}
	d := dialer{network: "tcp", address: addr, timeout: time.Second, dial: new(net.Dialer).DialContext,
		limits: connLimits{inFlight: 8192, queueBytes: 4 << 20, readTimeout: time.Second}}
	c, err := d.open(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func BenchmarkConn(b *testing.B) {
	for _, g := range []int{1, 64, 512} {
		b.Run(fmt.Sprint(g), func(b *testing.B) {
			c := benchConn(b)
			defer c.fail(ErrClosed)
			b.ReportAllocs()
			b.SetParallelism(g / 2)
			if g == 1 {
				ctx := context.Background()
				for b.Loop() {
					benchGet(b, c, ctx, "user:000042")
				}
				return
			}
			var n atomic.Int64
			b.RunParallel(func(pb *testing.PB) {
				key := fmt.Sprintf("user:%06d", n.Add(1))
				ctx := context.Background()
				for pb.Next() {
					benchGet(b, c, ctx, key)
				}
			})
		})
	}
}

func benchGet(b *testing.B, c *conn, ctx context.Context, key string) {
	cl := newCall(nil)
	var rq [1]request
	rq[0].op, rq[0].key = OpGet, key
	done, err := c.send(ctx, cl, rq[:])
	if err != nil {
		b.Fatal(err)
	}
	if !done {
		cl.wait(ctx, 0)
	}
	if cl.err != nil || len(cl.one[0].b) != 64 {
		b.Fatal(cl.err, cl.one[0])
	}
	cl.release()
}
