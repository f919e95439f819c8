package nodeprocess

import (
	"encoding/json"
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

// Lead makes the member at index primary lead the others.
func Lead(members []Member, primary int) {
	lead := &members[primary]
	lead.Role, lead.Primary, lead.Secondaries = "primary", "", nil
	for i := range members {
		if m := &members[i]; i != primary {
			m.Role, m.Primary, m.Secondaries = "secondary", lead.ID, nil
			lead.Secondaries = append(lead.Secondaries, m.ID)
		}
	}
}

// Config is the text of a node's config: its members, and other sections such as "common". Each entry has a line.
func Config(members []Member, sections map[string]any) ([]byte, error) {
	all := map[string]any{"servers": members}
	maps.Copy(all, sections)
	return json.MarshalIndent(all, "", "")
}

// WriteConfig writes a node's config.
func WriteConfig(file string, members []Member, sections map[string]any) error {
	text, err := Config(members, sections)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
