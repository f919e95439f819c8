// Command peers is cachegopher-bench with more targets: other caches for Go, in this process, and
// other Go clients at their default settings. It is a module of its own, so that the product drags none of them in.
//
//	make bench-peers && bin/cachegopher-bench-peers policies TRACE...
//	make bench-peers && bin/cachegopher-bench-peers run inproc:lru inproc:otter --read-through
package main

import (
	"fmt"
	"maps"
	"os"

	"github.com/cachegopher/cachegopher/bench/command"
	"github.com/cachegopher/cachegopher/bench/sut"
)

// Set by the linker.
var version, commit = "unknown", "unknown"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "policies" {
		if err := comparePolicies(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "cachegopher-bench-peers:", err) //nolint:errcheck // standard error is gone
			os.Exit(1)
		}
		return
	}
	os.Exit(command.Main(os.Args[1:], schemes(), version, commit))
}

// schemes are all targets.
func schemes() sut.Schemes {
	all := sut.Builtin()
	maps.Copy(all, sut.Schemes{
		"inproc:otter":         openOtter,
		"inproc:ristretto":     openRistretto,
		"inproc:freecache":     openFreecache,
		"inproc:bigcache":      openBigcache,
		"go-redis://":          openGoRedis,
		"go-redis-pipeline://": openAutoPipeline,
		"go-redis-cluster://":  openGoRedisCluster,
		"rueidis://":           openRueidis,
		"gomemcache://":        openGomemcache,
		"near:":                openNear,
	})
	return all
}
