package sut

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
)

// Member is a server of a node's config.
type Member struct {
	ID          string   `json:"id"`
	Address     string   `json:"address"`
	Role        string   `json:"role"`
	Primary     string   `json:"primary,omitempty"`
	Secondaries []string `json:"secondaries,omitempty"`
	Admin       string   `json:"admin_address,omitempty"`
	Secure      string   `json:"tls_address,omitempty"`
}

// GroupAt is a primary, n0, at the first address and its secondaries, n1 and on, at the others.
func GroupAt(addresses []string) []Member {
	all := []Member{{ID: "n0", Role: "primary"}}
	for i, a := range addresses {
		id := fmt.Sprint("n", i)
		if i > 0 {
			all[0].Secondaries = append(all[0].Secondaries, id)
			all = append(all, Member{ID: id, Role: "secondary", Primary: "n0"})
		}
		all[i].Address = a
	}
	return all
}

// WriteConfig writes a node's config: its members, and other sections such as "common".
func WriteConfig(file string, members []Member, sections map[string]any) error {
	all := maps.Clone(sections)
	all["servers"] = members
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
