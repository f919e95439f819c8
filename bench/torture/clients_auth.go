//go:build linux

package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// politePassword is the password of the user "app", on nodes that have users.
const politePassword = "correct-horse-battery-staple"

// users returns settings with the user app; cost is that of bcrypt.
func users(cost int) settings {
	hash, err := bcrypt.GenerateFromPassword([]byte(politePassword), cost)
	if err != nil {
		panic(err) // the password and the cost are fixed
	}
	return settings{security: map[string]any{"users": []any{
		map[string]any{"name": "app", "password": string(hash), "rights": []string{"read", "write"}},
	}}}
}

// authAttacks come from clients that have not signed in; well-behaved clients have.
func authAttacks() []attack {
	return []attack{
		{family: "clients", name: "wrong passwords in a flood", full: 1000, quick: 20, settings: users(10), line: passLine{log: 1000}, run: authFlood},
		{family: "clients", name: "requests without signing in", full: 5000, quick: 200, settings: users(4), run: unsigned},
		{family: "clients", name: "never reading, without signing in", full: 1000, quick: 50, settings: users(4), run: unsignedNeverRead},
		{family: "clients", name: "timing of wrong passwords with a right beginning", full: 600, quick: 120, settings: users(4), line: passLine{slow: true, log: 2000}, run: authTiming},
	}
}

// authFlood sends wrong passwords and leaves before they are checked. None gets in.
func authFlood(f *field) error {
	return f.eachConn(16, func(i int, r *rand.Rand, c *peer) error {
		if _, err := io.WriteString(c, strings.Repeat(fmt.Sprintf("AUTH app guess%d\nGET k\n", i), 5)); err != nil {
			return err
		}
		if err := c.SetReadDeadline(time.Now().Add(time.Duration(r.IntN(300)) * time.Millisecond)); err != nil {
			return err
		}
		got, _ := io.ReadAll(c) // what came until then
		if strings.Contains(string(got), "OK") || strings.Contains(string(got), "Key not found") {
			return fmt.Errorf("a wrong password got in: %.200q", got)
		}
		return nil
	})
}

// unsigned expects every request to be refused, without effect.
func unsigned(f *field) error {
	return f.eachConn(8, func(i int, _ *rand.Rand, c *peer) error {
		requests := []string{"SET stolen 1\n", "FLUSH\n", "KEYS\n", "GET torture:0000001\n", "STATS\n", "INFO\n", "REPLICA PAUSE\n"}
		if _, err := io.WriteString(c, strings.Join(requests, "")); err != nil {
			return err
		}
		for _, request := range requests {
			if line, err := c.R.ReadString('\n'); err != nil || !strings.Contains(line, "NOAUTH") {
				return fmt.Errorf("%q without signing in is answered %q, %v", request, line, err)
			}
		}
		return nil
	})
}

func unsignedNeverRead(f *field) error {
	requests := []byte(strings.Repeat("GET k\n", 30_000)) // more than a MB of refusals
	return f.hold(pick(f, 5*time.Second, 500*time.Millisecond), func(_ int, c net.Conn) error {
		if err := c.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
			return err
		}
		c.Write(requests) //nolint:errcheck // it need not take all
		return nil
	})
}

// authTiming compares how long the node takes to refuse wrong passwords that begin like the right one and others: the
// times must not be distinguishable. Each comes from its own address, because an address that failed has to wait.
func authTiming(f *field) error {
	guesses := [2]string{politePassword[:len(politePassword)-1] + "x", strings.Repeat("x", len(politePassword))}
	var times [2][]float64
	err := f.each(1, func(i int, r *rand.Rand) error {
		kind := i % 2
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, byte(1+r.IntN(250)), byte(i>>8), byte(1+i%250))}}
		c, err := d.DialContext(f.ctx, "tcp", f.node.address)
		if err != nil {
			return err
		}
		defer c.Close() //nolint:errcheck // done with it
		began := time.Now()
		if _, err := nodeprocess.NewConn(c).Do(20*time.Second, "AUTH", "app", guesses[kind]); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
			return fmt.Errorf("a wrong password: %v", err)
		}
		times[kind] = append(times[kind], time.Since(began).Seconds())
		return nil
	})
	if err != nil {
		return err
	}
	d, allowed := distance(times[0], times[1])
	f.notes.add("distributions are %.3f apart; at %.3f they would be distinguishable", d, allowed)
	if d > allowed {
		return fmt.Errorf("the times of right and wrong beginnings are distinguishable: %.3f, allowed %.3f", d, allowed)
	}
	return nil
}

// distance returns the Kolmogorov-Smirnov distance of two samples, and the limit beyond which they differ with a
// confidence of 99.9%.
func distance(a, b []float64) (d, limit float64) {
	slices.Sort(a)
	slices.Sort(b)
	for _, x := range slices.Concat(a, b) {
		i, _ := slices.BinarySearch(a, math.Nextafter(x, math.Inf(1)))
		j, _ := slices.BinarySearch(b, math.Nextafter(x, math.Inf(1)))
		d = max(d, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return d, 1.95 * math.Sqrt(float64(len(a)+len(b))/float64(len(a)*len(b)))
}
