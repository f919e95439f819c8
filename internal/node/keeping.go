package node

import (
	"errors"
	"fmt"
	"path/filepath"

	"go.uber.org/zap"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/keep"
	"github.com/cachegopher/cachegopher/lru"
)

// openKeeper returns the keeper that keep_memory asks for; nil: memory is private.
func openKeeper(o *Options) (*keep.Keeper, error) {
	where := o.Node.KeepMemory
	if where != config.KeepSystemd {
		if err := o.Manager.Forget(); err != nil {
			o.Log.Warn("cannot give up memory that the service manager has kept", zap.Error(err))
		}
	}
	switch {
	case where == config.KeepOff || where == "":
		return nil, nil
	case !lru.CanShare:
		o.Log.Warn("keep_memory: this build or system cannot keep memory; it ends with the process")
		return nil, nil
	case where == config.KeepSystemd && o.Manager.Notify == nil:
		o.Log.Warn("keep_memory: no service manager has started this node; its memory ends with the process",
			zap.String("do", "run it as the unit of the packages, or name a folder such as /dev/shm/cachegopher"))
		return nil, nil
	case where == config.KeepSystemd:
		k, err := keep.Open(keep.Stored(o.Manager, o.Node.ID))
		if err != nil {
			o.Log.Warn("keep_memory: some of what the service manager has kept is given up", zap.Error(err))
		}
		return k, nil
	}
	if err := o.checkKeep(&o.Node); err != nil {
		return nil, err
	}
	shelf, err := keep.Folder(where, o.Node.ID)
	if err != nil {
		return nil, o.keepFault(&o.Node, err)
	}
	k, err := keep.Open(shelf)
	if err != nil {
		return nil, errors.Join(o.keepFault(&o.Node, err), shelf.Close())
	}
	return k, nil
}

// keepFault returns the fault of a folder in which n cannot keep its memory.
func (s *Setup) keepFault(n *config.Node, err error) error {
	if errors.Is(err, keep.ErrUsed) { // the config may be right
		return fmt.Errorf("keep_memory: %w", err)
	}
	return s.File.Fault(s.File.KeepKey(n.ID), "cannot keep memory: "+err.Error(),
		"give a folder on a tmpfs that only the node's user may write to and that has room for max_memory, such as /dev/shm/cachegopher")
}

// checkKeep returns a fault if n cannot keep its memory in the folder that keep_memory names. It changes nothing.
func (s *Setup) checkKeep(n *config.Node) error {
	if !filepath.IsAbs(n.KeepMemory) || !lru.CanShare || s.File == nil {
		return nil
	}
	room, err := keep.RoomIn(n.KeepMemory, n.ID)
	if err == nil && room.Size > 0 && room.Size < n.MaxMemory {
		err = fmt.Errorf("max_memory is %s, its file system has %s in all", config.FormatSize(n.MaxMemory), config.FormatSize(room.Size))
	}
	if err != nil {
		return s.keepFault(n, err)
	}
	return nil
}

// keepWarning returns a line about a folder whose file system has too little room for n's memory now; empty: it has enough.
func (s *Setup) keepWarning(n *config.Node) string {
	if !filepath.IsAbs(n.KeepMemory) || !lru.CanShare {
		return ""
	}
	room, err := keep.RoomIn(n.KeepMemory, n.ID)
	if err != nil || room.Size == 0 || room.Free >= n.MaxMemory {
		return ""
	}
	return fmt.Sprintf("keep_memory: max_memory is %s, the file system of %s has %s free: the node evicts entries once that is used up",
		config.FormatSize(n.MaxMemory), n.KeepMemory, config.FormatSize(room.Free))
}
