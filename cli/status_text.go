package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/cachegopher/cachegopher/internal/info"
)

func (r *statusResult) text(p *printer) error {
	columns := []string{"node", "group", "role", "state", "keys", "memory", "hits", "ops/s", "lag", "version", "uptime", "address"}
	changed := slices.ContainsFunc(r.rows, func(row nodeRow) bool { return row.Epoch != nil && *row.Epoch > 0 })
	if changed { // some primary was chosen at run time
		columns = append(columns, "epoch", "lost")
	}
	assigned := slices.ContainsFunc(r.rows, func(row nodeRow) bool { return row.Slots != nil })
	if assigned {
		columns = append(columns, "slots")
	}
	t := newTable(p, columns...)
	t.right("slots", "keys", "memory", "hits", "ops/s", "lag", "uptime", "epoch", "lost")
	for _, row := range r.rows {
		state := row.State
		switch state {
		case "up":
			state = p.paint(green, state)
		case "down":
			state = p.paint(red, state)
		default:
			state = p.paint(yellow, state)
		}
		cells := []string{row.Node, row.Group, row.Role, state, count(row.Keys), memory(row.Memory, row.MaxMemory), percent(row.HitRatio),
			count(row.OpsPerSec), lag(row.LagSeconds), orDash(row.Version), uptime(row.Uptime), row.Address}
		if changed {
			cells = append(cells, number(row.Epoch), count(row.Lost))
		}
		if assigned {
			cells = append(cells, count(row.Slots))
		}
		t.add(cells...)
	}
	if err := t.write(); err != nil {
		return err
	}
	for _, row := range r.rows {
		for _, m := range row.Moves {
			if err := p.line(moveText(&m)); err != nil {
				return err
			}
		}
	}
	for _, c := range r.changes {
		if err := p.line(p.paint(dim, c.String())); err != nil {
			return err
		}
	}
	for _, row := range r.rows {
		if row.Error != "" {
			if err := p.line(p.paint(red, row.Error)); err != nil {
				return err
			}
		}
	}
	return nil
}

// moveText is a line about a move of slots.
func moveText(m *info.Move) string {
	text := fmt.Sprintf("%s to %s: %s slots, %s", m.From, m.To, count(&m.Slots), m.State)
	if m.Walked > 0 {
		text += fmt.Sprintf(" %.0f%%", 100*m.Walked)
	}
	if m.Rate > 0 {
		text += ", " + size(int64(m.Rate)) + "/s"
	}
	if m.Left > 0 {
		text += ", about " + duration(max(m.Left.Round(time.Second), time.Second)) + " left"
	}
	if m.Error != "" {
		text += "; the attempt before failed: " + m.Error
	}
	return text
}
