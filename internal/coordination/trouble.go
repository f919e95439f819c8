package coordination

import (
	"context"
	"errors"
	"strings"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// remedy explains an error of etcd to operators, and what to do about it.
func remedy(err error) (what, do string) {
	text := err.Error()
	is := func(e error) bool { return strings.Contains(text, rpctypes.ErrorDesc(e)) }
	switch code := status.Code(errors.Unwrap(err)); {
	case is(rpctypes.ErrNoSpace):
		return "etcd's database is full: no change of primary is possible", "compact and defragment it, raise its quota, then run: etcdctl alarm disarm"
	case is(rpctypes.ErrAuthFailed), is(rpctypes.ErrUserEmpty), is(rpctypes.ErrUserNotFound), is(rpctypes.ErrInvalidAuthToken):
		return "etcd refuses this node's user or password", "correct coordination.user and the content of coordination.password_file, and restart the node"
	case is(rpctypes.ErrPermissionDenied):
		return "etcd's user lacks rights", "grant it readwrite on the prefix /cachegopher/<cluster>/: etcdctl role grant-permission ROLE readwrite --prefix=true /cachegopher/"
	case is(rpctypes.ErrNoLeader), is(rpctypes.ErrTimeoutDueToLeaderFail), is(rpctypes.ErrTimeout), is(rpctypes.ErrNotCapable):
		return "etcd has no quorum", "start more than half of etcd's members"
	case strings.Contains(text, "tls:") || strings.Contains(text, "x509:"):
		return "TLS with etcd fails", "correct coordination.tls_ca, tls_cert and tls_key"
	case errors.Is(err, context.DeadlineExceeded) || code == codes.DeadlineExceeded || code == codes.Unavailable || strings.Contains(text, "DeadlineExceeded"):
		return "etcd cannot be reached, has no quorum, or is slow", "start etcd, or correct coordination.etcd; see etcdctl endpoint health"
	}
	return "etcd reports an error", "see etcd's log"
}
