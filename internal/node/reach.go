package node

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/cachegopher/cachegopher/internal/config"
	"github.com/cachegopher/cachegopher/internal/coordination"
	"github.com/cachegopher/cachegopher/internal/topology"
	"github.com/cachegopher/cachegopher/internal/wire"
)

// errOther means that another process answers than the expected one.
var errOther = errors.New("another process answers")

// reach finds out whether the process with the run id run still listens at a server's addresses: others may have taken them
// over. It returns a *coordination.RefusedError if the process listens at none of them.
func (r *replication) reach(ctx context.Context, to topology.Server, run string) error {
	addresses := to.Addresses
	if to.TLSAddress != "" {
		addresses = append(slices.Clone(addresses), to.TLSAddress)
	}
	var errs []error
	gone := true
	for _, a := range addresses {
		network, at := config.SplitAddress(a)
		conn, err := new(net.Dialer).DialContext(ctx, network, at)
		if err == nil {
			conn.Close() //nolint:errcheck // it has only shown that somebody listens
			err = r.identify(ctx, to, a, run)
		}
		if err == nil {
			return nil
		}
		gone = gone && (errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, errOther))
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); !gone || err == nil {
		return err
	}
	return &coordination.RefusedError{Err: errors.Join(errs...)}
}

// identify returns errOther if the process that answers at address has another run id than run. It returns nil if the run id
// is the same or cannot be found out, for instance because this node may not ask.
func (r *replication) identify(ctx context.Context, to topology.Server, address, run string) error {
	if run == "" {
		return nil
	}
	conn, err := r.sec.connect(ctx, address, address == to.TLSAddress && to.TLSAddress != "")
	if err != nil {
		return nil
	}
	defer conn.Close() //nolint:errcheck // only asked
	defer endWith(ctx, conn)()
	if _, err := conn.Write(wire.Request(nil, "INFO", "server")); err != nil {
		return nil
	}
	lines := bufio.NewScanner(conn)
	for n := 0; lines.Scan(); n++ {
		if n == 0 && !strings.HasPrefix(lines.Text(), "$") && !strings.HasPrefix(lines.Text(), "-") {
			return fmt.Errorf("%w: it is not a node", errOther)
		}
		if is, found := strings.CutPrefix(lines.Text(), "run_id:"); found && is != run && is != r.sessions.RunID() {
			return errOther
		} else if found || strings.HasPrefix(lines.Text(), "-") {
			return nil
		}
	}
	return nil
}
