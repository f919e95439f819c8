package nodeprocess

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// given has the addresses that FreeAddresses returned.
var given sync.Map

// FreeAddresses returns n addresses of 127.0.0.1 with unused ports, each only once: a server that was killed needs its port
// again. They lie below the ephemeral range, from which the system could assign one to an outgoing connection before a server
// is started there.
func FreeAddresses(n int) (all []string, err error) {
	for tries := 0; len(all) < n; tries++ {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 12_000+rand.IntN(20_000)))
		if err != nil {
			if tries > 1000 {
				return nil, err
			}
			continue
		}
		defer l.Close() //nolint:errcheck // only the port was needed
		if _, before := given.LoadOrStore(l.Addr().String(), true); !before {
			all = append(all, l.Addr().String())
		}
	}
	return all, nil
}
