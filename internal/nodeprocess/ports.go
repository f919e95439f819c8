package nodeprocess

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// The ports lie below the ephemeral range, from which the system could assign one to an outgoing connection before a server
// is started there. They come in blocks. A process owns a block while it listens at its first port. No other process that
// uses this package takes a port of that block, even if no server listens there yet, or it was killed.
const (
	firstPort = 12_000
	blocks    = 200
	blockSize = 100
)

var ports struct {
	mu    sync.Mutex
	owned []net.Listener // at the first ports of the blocks
	free  []int          // of these blocks, not given yet
	given map[int]bool   // outside these blocks, when no block was free
}

// FreeAddresses returns n addresses of 127.0.0.1 with unused ports, each only once: a server that was killed needs its port
// again.
func FreeAddresses(n int) (all []string, err error) {
	for range n {
		l, err := Listen()
		if err != nil {
			return nil, err
		}
		defer l.Close() //nolint:errcheck // only the port was needed
		all = append(all, l.Addr().String())
	}
	return all, nil
}

// Listen listens at such an address: a server that stops can listen there again.
func Listen() (net.Listener, error) {
	ports.mu.Lock()
	defer ports.mu.Unlock()
	for tries := 0; ; tries++ {
		if l, err := listenAt(nextPort()); err == nil || tries > 1000 {
			return l, err
		}
	}
}

func listenAt(port int) (net.Listener, error) {
	return net.Listen("tcp", fmt.Sprint("127.0.0.1:", port))
}

// nextPort returns a port that was not returned before. The caller holds ports.mu.
func nextPort() (port int) {
	if len(ports.free) == 0 {
		ownBlock()
	}
	if n := len(ports.free); n > 0 {
		ports.free, port = ports.free[:n-1], ports.free[n-1]
		return port
	}
	if ports.given == nil || len(ports.given) > blocks*blockSize/2 {
		ports.given = map[int]bool{}
	}
	for port == 0 || ports.given[port] {
		port = firstPort + rand.IntN(blocks*blockSize)
	}
	ports.given[port] = true
	return port
}

// ownBlock takes a block that no process owns, if it finds one. The caller holds ports.mu.
func ownBlock() {
	for range blocks {
		first := firstPort + blockSize*rand.IntN(blocks)
		l, err := listenAt(first)
		if err != nil {
			continue
		}
		ports.owned = append(ports.owned, l)
		for i := range blockSize - 1 {
			ports.free = append(ports.free, first+1+i)
		}
		return
	}
}
