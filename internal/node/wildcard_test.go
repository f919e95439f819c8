package node

import "testing"

func TestWildcard(t *testing.T) {
	for address, want := range map[string]bool{
		"0.0.0.0:31337": true, ":31337": true, "[::]:31337": true, "127.0.0.1:31337": false, "cachegopher-0.cachegopher:31337": false, "unix:///run/x.sock": false,
	} {
		if got := wildcard(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
