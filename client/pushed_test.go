package client

import "testing"

// TestPushedOnce: of the same document on several connections only the first is read, and any other one is.
func TestPushedOnce(t *testing.T) {
	c := new(Client)
	document := func(leader string) []byte {
		return []byte(`{"version":1,"groups":[{"id":"a","epoch":1,"primary":"` + leader + `","members":["` + leader + `"]}],"servers":[{"id":"` + leader + `","group":"a","addresses":["127.0.0.1:1"]}]}`)
	}
	c.topologyPushed(document("a1"))
	if c.follow.known == nil {
		t.Fatal("the first document is not read")
	}
	c.follow.known = nil
	c.topologyPushed(document("a1"))
	if c.follow.known != nil {
		t.Error("the same document is read again")
	}
	c.topologyPushed(document("a2"))
	if c.follow.known == nil {
		t.Error("another document is not read")
	}
}
