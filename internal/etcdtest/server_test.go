package etcdtest

import (
	"net"
	"testing"
)

func TestServerKeepsItsAddress(t *testing.T) {
	s := Start(t)
	for range 2 {
		c, err := net.Dial("tcp", s.etcd.Address)
		if err != nil {
			t.Fatal(err)
		}
		c.Close() //nolint:errcheck // nothing was sent
		s.Kill()
		if c, err := net.Dial("tcp", s.etcd.Address); err == nil {
			c.Close() //nolint:errcheck // nothing was sent
			t.Error("a killed etcd accepts connections")
		}
		s.Restart()
	}
}

func TestClusterServesWithTwoOfThree(t *testing.T) {
	all := StartCluster(t, 3)
	all[0].Kill()
	all[0].Restart()
	all[1].Kill()
	all[2].Kill()
	all[1].Restart()
}
