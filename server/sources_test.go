package server

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"
)

var (
	one   = netip.MustParseAddr("10.0.0.1")
	two   = netip.MustParseAddr("10.0.0.2")
	begin = time.Unix(1_000_000, 0)
)

// TestSourcesAtATime limits open connections: one that ends makes room for its own address only.
func TestSourcesAtATime(t *testing.T) {
	s := sources{most: 2}
	for _, step := range []struct {
		leave bool
		from  netip.Addr
		want  bool
	}{
		{from: one, want: true}, {from: one, want: true}, {from: one, want: false}, {from: two, want: true},
		{leave: true, from: two}, {from: one, want: false}, {leave: true, from: one}, {from: one, want: true}, {from: one, want: false},
	} {
		if step.leave {
			s.leave(step.from)
		} else if got := s.enter(step.from, begin); got != step.want {
			t.Errorf("%+v: %v", step, got)
		}
	}
}

// TestSourcesASecond limits new connections: ending one makes no room, time does, and refused ones do not count.
func TestSourcesASecond(t *testing.T) {
	s := sources{rate: 2}
	for i, step := range []struct {
		after time.Duration
		want  bool
	}{
		{0, true}, {0, true}, {999 * time.Millisecond, false}, {999 * time.Millisecond, false},
		{time.Second, true}, {1500 * time.Millisecond, true}, {1900 * time.Millisecond, false}, {2 * time.Second, true},
	} {
		got := s.enter(one, begin.Add(step.after))
		if got {
			s.leave(one)
		}
		if got != step.want {
			t.Errorf("step %d, after %v: %v", i, step.after, got)
		}
	}
}

// TestSourcesForget: addresses without connections are removed once there are many; others are not.
func TestSourcesForget(t *testing.T) {
	s := sources{most: 1}
	s.enter(one, begin)
	for i := range 3 * sweepSources {
		a := netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)})
		if !s.enter(a, begin.Add(time.Duration(i)*time.Second)) {
			t.Fatalf("%v is refused", a)
		}
		s.leave(a)
	}
	if len(s.all) > sweepSources {
		t.Errorf("%d addresses are known", len(s.all))
	}
	if s.enter(one, begin.Add(time.Hour)) {
		t.Error("a connection that is open was forgotten")
	}
}

// TestSourcesUnlimited: without a limit nothing is kept once all have ended, and never for unix sockets.
func TestSourcesUnlimited(t *testing.T) {
	var free sources
	limited := sources{most: 1, rate: 1}
	for range 3 {
		if !free.enter(one, begin) || !limited.enter(netip.Addr{}, begin) {
			t.Fatal("refused")
		}
	}
	for range 3 {
		free.leave(one)
	}
	limited.leave(netip.Addr{})
	limited.leave(two) // never seen
	if len(free.all)+len(limited.all) > 0 {
		t.Errorf("%v, %v", free.all, limited.all)
	}
}

func TestAddrOf(t *testing.T) {
	for want, a := range map[string]net.Addr{
		"10.0.0.1":   &net.TCPAddr{IP: net.ParseIP("::ffff:10.0.0.1"), Port: 1},
		"fe80::1%lo": &net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "lo", Port: 1},
		"invalid IP": &net.UnixAddr{Name: "/run/x", Net: "unix"},
	} {
		if got := fmt.Sprint(addrOf(a)); got != want {
			t.Errorf("%v: %s, want %s", a, got, want)
		}
	}
}
