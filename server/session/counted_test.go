package session

import (
	"strings"
	"testing"

	"github.com/cachegopher/cachegopher/internal/metric"
)

// serverMetrics are sample readings of a server.
func serverMetrics() []metric.Reading {
	return []metric.Reading{
		{Section: "stats", Info: "closed_for_backlog", Stats: "closed_for_backlog", Value: 1},
		{Section: "stats", Info: "closed_by_panic", Stats: "closed_by_panic", Value: 6},
	}
}

// TestCountedInBothForms checks that INFO and STATS both show the server's metrics and each result of a sign-in.
func TestCountedInBothForms(t *testing.T) {
	f := withUsers(t)
	f.n.ServerMetrics = serverMetrics
	f.talk(resp("AUTH", "ops", "secret"), "")
	f.talk(resp("AUTH", "ops", "wrong")+resp("PING"), "")
	f.talk(resp("AUTH", "ops", "wrong")+resp("PING"), "")
	info, stats := f.talk(resp("INFO", "stats"), "ops"), f.talk("STATS\n", "ops")
	for name, value := range map[string]string{
		"closed_for_backlog": "1", "closed_by_panic": "6",
		"sign_ins_accepted": "1", "sign_ins_failed": "2", "sign_ins_refused": "0",
	} {
		if !strings.Contains(info, "\r\n"+name+":"+value+"\r\n") {
			t.Errorf("INFO does not have %s:%s; it is\n%s", name, value, info)
		}
		if !strings.Contains(stats, "\n"+name+" "+value+"\n") {
			t.Errorf("STATS does not have %s %s; it is\n%s", name, value, stats)
		}
	}
}
