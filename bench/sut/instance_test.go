package sut

import "testing"

func TestInstanceOf(t *testing.T) {
	for text, want := range map[string]string{
		"+PONG\r\n$99\r\n# Server\r\nredis_version:7\r\nprocess_id:5\r\nrun_id:0a1b\r\nuptime_in_seconds:7\r\n": "0a1b",
		"VERSION 1.6.18\r\nSTAT pid 77\r\nSTAT uptime 30\r\nSTAT time 1000\r\nEND\r\n":                          "process 77 since 970",
		"VERSION 1.6.18\r\nSTAT pid 77\r\nSTAT uptime 31\r\nSTAT time 1001\r\nEND\r\n":                          "process 77 since 970",
		"+PONG\r\n-ERR unknown command\r\n":                                                                     "",
	} {
		if got := instanceOf(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
