package sut

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// FreePort returns an unused port of 127.0.0.1; see FreePorts.
func FreePort() (string, error) {
	ports, err := FreePorts(1)
	if err != nil {
		return "", err
	}
	return strconv.Itoa(ports[0]), nil
}

// FreePorts returns n unused ports of 127.0.0.1. They lie below the ephemeral range, from which the system could assign
// one to an outgoing connection before a server is started there.
func FreePorts(n int) (ports []int, err error) {
	for tries := 0; len(ports) < n; tries++ {
		l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20_000+rand.IntN(10_000)))
		if err != nil {
			if tries > 1000 {
				return nil, err
			}
			continue
		}
		defer l.Close() //nolint:errcheck // only its port was wanted
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
