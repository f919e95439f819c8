package topology

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cachegopher/cachegopher/internal/config"
)

// document is a Topology as nodes and clients send it to each other. Fields that a reader does not know are ignored, so
// that later versions can add some.
type document struct {
	Version uint64           `json:"version"`
	Groups  []groupDocument  `json:"groups"`
	Servers []serverDocument `json:"servers"`
	Client  *clientDocument  `json:"client,omitempty"`
	Slots   *Slots           `json:"slots,omitempty"` // none: the ring assigns them
	Moves   []Move           `json:"moves,omitempty"`
}

type groupDocument struct {
	ID      string   `json:"id"`
	Epoch   uint64   `json:"epoch"`
	Primary string   `json:"primary"`
	Members []string `json:"members"` // the primary first
	Weight  int64    `json:"weight,omitempty"`
}

type serverDocument struct {
	ID         string   `json:"id"`
	Group      string   `json:"group"`
	Addresses  []string `json:"addresses"`
	TLSAddress string   `json:"tls_address,omitempty"`
	Zone       string   `json:"zone,omitempty"`
}

// clientDocument is clientConf, in seconds.
type clientDocument struct {
	ConnectionTimeout float64 `json:"connectionTimeout"`
	KeepAliveInterval float64 `json:"keepAliveInterval"`
	UnHealthyInterval float64 `json:"unHealthyInterval"`
}

// MarshalJSON writes the document that is TOPOLOGY's reply.
func (t *Topology) MarshalJSON() ([]byte, error) {
	d := document{Version: t.Version, Groups: []groupDocument{}, Servers: []serverDocument{}, Slots: t.Slots, Moves: t.Moves}
	for _, g := range t.Groups {
		d.Groups = append(d.Groups, groupDocument{g.Name, g.Epoch, g.Leader, g.Members(), g.Weight})
	}
	for _, s := range t.Servers {
		d.Servers = append(d.Servers, serverDocument(s))
	}
	if t.Client != (config.ClientConf{}) {
		d.Client = &clientDocument{t.Client.ConnectionTimeout.Seconds(), t.Client.KeepAliveInterval.Seconds(), t.Client.UnHealthyInterval.Seconds()}
	}
	return json.Marshal(d)
}

// UnmarshalJSON reads TOPOLOGY's document, and returns an error if it contradicts itself.
func (t *Topology) UnmarshalJSON(data []byte) error {
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	read := Topology{Version: d.Version, Slots: d.Slots}
	if len(d.Moves) > 0 {
		read.Moves = d.Moves
	}
	for _, s := range d.Servers {
		if s.ID == "" || len(s.Addresses) == 0 {
			return errors.New("topology: a server has no id or no address")
		}
		if _, twice := read.Server(s.ID); twice {
			return fmt.Errorf("topology: two servers are called %q", s.ID)
		}
		read.Servers = append(read.Servers, Server(s))
	}
	for _, g := range d.Groups {
		group := Group{Name: g.ID, Epoch: g.Epoch, Leader: g.Primary, Weight: g.Weight}
		for _, id := range g.Members {
			if s, known := read.Server(id); !known || s.Group != g.ID {
				return fmt.Errorf("topology: member %q of group %q is not among its servers", id, g.ID)
			}
			if id != g.Primary {
				group.Followers = append(group.Followers, id)
			}
		}
		if len(group.Followers) == len(g.Members) {
			return fmt.Errorf("topology: the primary of group %q, %q, is not one of its members", g.ID, g.Primary)
		}
		read.Groups = append(read.Groups, group)
	}
	if err := read.CheckSlots(); err != nil {
		return err
	}
	if c := d.Client; c != nil {
		read.Client = config.ClientConf{
			ConnectionTimeout: seconds(c.ConnectionTimeout), KeepAliveInterval: seconds(c.KeepAliveInterval), UnHealthyInterval: seconds(c.UnHealthyInterval),
		}
	}
	*t = read
	return nil
}

func seconds(s float64) time.Duration {
	return time.Duration(min(max(s, 0), (365*24*time.Hour).Seconds()) * float64(time.Second))
}
