package node

import "testing"

// TestTenures counts each change of primary once, by how it came about.
func TestTenures(t *testing.T) {
	var led tenures
	led.began(1, byFailover)
	led.began(2, byHandover)
	led.began(2, byFailover) // etcd says what the old primary has said before
	end := led.forcing()
	led.began(5, byHandover)
	end()
	led.began(9, byHandover)
	led.began(0, byConfig)
	led.began(0, byConfig)
	for kind, want := range [changeKinds]int64{byFailover: 1, byHandover: 2, byForce: 1, byConfig: 2} {
		if got := led.of(changeKind(kind)); got != want {
			t.Errorf("kind %d: %d changes, want %d", kind, got, want)
		}
	}
}
