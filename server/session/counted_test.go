package session

import (
	"strings"
	"testing"
)

// countedSettings is a server that closed connections for each reason.
type countedSettings struct{ Settings }

func (countedSettings) Closed() Closed {
	return Closed{Backlog: 1, ClientBuffers: 2, Idle: 3, Unsent: 4, Protocol: 5, Panics: 6}
}
func (countedSettings) MaxConnections() int { return 10 }

// TestCountedInBothForms: INFO and STATS both have each reason for closing a connection and each result of a sign-in.
func TestCountedInBothForms(t *testing.T) {
	f := withUsers(t)
	f.n.Settings = countedSettings{}
	f.talk(resp("AUTH", "ops", "secret"), "")
	f.talk(resp("AUTH", "ops", "wrong")+resp("PING"), "")
	f.talk(resp("AUTH", "ops", "wrong")+resp("PING"), "")
	info, stats := f.talk(resp("INFO", "stats"), "ops"), f.talk("STATS\n", "ops")
	for name, value := range map[string]string{
		"closed_for_backlog": "1", "closed_for_client_buffers": "2", "closed_for_idleness": "3",
		"closed_with_replies_unsent": "4", "closed_for_protocol": "5", "closed_by_panic": "6",
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
