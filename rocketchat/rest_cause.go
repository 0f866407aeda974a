package rocketchat

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"
)

// What can go wrong on the way to an answer, in words that name no host, address or path.
var (
	errRedirect    = errors.New("redirected away from the site")
	errLookup      = errors.New("host name not found")
	errCertificate = errors.New("certificate not accepted")
	errTimedOut    = errors.New("timed out")
	errCut         = errors.New("connection closed before the answer was complete")
	errConnection  = errors.New("connection failed")
	errClosed      = errors.New("client is closed")
)

// safeCause replaces an error of the HTTP client by one that says what happened and nothing else: url.Error holds the whole URL,
// and with it the visitor's token; net.OpError, DNSError and the certificate errors name the host.
func safeCause(err error) error {
	var (
		errno     syscall.Errno
		lookup    *net.DNSError
		untrusted *tls.CertificateVerificationError
		unknownCA x509.UnknownAuthorityError
		wrongName x509.HostnameError
		timeout   net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, errRedirect):
		return errRedirect
	case errors.Is(err, errTooLarge):
		return errTooLarge
	case errors.As(err, &lookup):
		return errLookup
	case errors.As(err, &untrusted), errors.As(err, &unknownCA), errors.As(err, &wrongName):
		return errCertificate
	case errors.As(err, &errno):
		return errno
	case errors.As(err, &timeout) && timeout.Timeout():
		return errTimedOut
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errCut
	default:
		return errConnection
	}
}
