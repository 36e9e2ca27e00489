package device

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var laptop = Request{Machine: "laptop", Client: "logfire/5.4", Address: "192.0.2.1", Source: "192.0.2.1"}

func open(t *testing.T, l *Logins, r Request) (string, Login) {
	t.Helper()
	device, opened, err := l.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	return device, opened
}

func TestAnApprovedLoginIsDeliveredOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(nil, nil)
		device, opened := open(t, l, laptop)
		if !IsCode(opened.Code) || IsCode(opened.Code+"\n") || IsCode(strings.ToLower(opened.Code)) || len(device) != 43 || opened.State != Pending || opened.Request != laptop {
			t.Errorf("opened %q %+v", device, opened)
		}
		var wg sync.WaitGroup
		delivered := make(chan Approval, 2)
		for range 2 {
			wg.Go(func() {
				approval, ok, err := l.Wait(t.Context(), device, time.Hour)
				if ok {
					delivered <- approval
				} else if !errors.Is(err, ErrUnknown) {
					t.Errorf("the other one gets %v, want ErrUnknown", err)
				}
			})
		}
		synctest.Wait() // both wait
		if _, err := l.Approve(strings.ToLower(strings.ReplaceAll(opened.Code, "-", " ")), "ada"); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if len(delivered) != 1 || <-delivered != (Approval{Owner: "ada", Machine: "laptop"}) {
			t.Errorf("delivered %d times", len(delivered))
		}
		if _, _, err := l.Wait(t.Context(), device, time.Hour); !errors.Is(err, ErrUnknown) {
			t.Errorf("again = %v, want ErrUnknown", err)
		}
		if _, err := l.Login(opened.Code); !errors.Is(err, ErrUnknown) {
			t.Errorf("the login = %v, want ErrUnknown", err)
		}
		if len(l.byCode)+len(l.byDevice) != 0 {
			t.Error("it is remembered")
		}
	})
}

func TestAWaitEndsWithoutADecision(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		l := New(nil, done)
		device, opened := open(t, l, laptop)
		began := time.Now()
		if _, ok, err := l.Wait(t.Context(), device, 10*time.Second); ok || err != nil || time.Since(began) != 10*time.Second {
			t.Errorf("after %v: %v, %v", time.Since(began), ok, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		// One that has gone must not take what the next one waits for.
		if _, err := l.Approve(opened.Code, "ada"); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := l.Wait(ctx, device, time.Hour); ok || err != nil {
			t.Errorf("delivered to nobody: %v, %v", ok, err)
		}
		close(done)
		if _, ok, err := l.Wait(t.Context(), device, time.Hour); !ok || err != nil {
			t.Errorf("what is decided is delivered while the server stops: %v, %v", ok, err)
		}
		device, _ = open(t, l, laptop)
		if _, ok, err := l.Wait(t.Context(), device, time.Hour); ok || err != nil {
			t.Errorf("kept waiting by a server that stops: %v, %v", ok, err)
		}
	})
}

func TestARefusedLoginStaysRefused(t *testing.T) {
	t.Parallel()
	l := New(nil, nil)
	device, opened := open(t, l, laptop)
	if _, err := l.Approve(opened.Code, "ada"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if refused, err := l.Refuse(opened.Code); err != nil || refused.State != Refused {
			t.Errorf("%+v, %v", refused, err)
		}
		if _, err := l.Approve(opened.Code, "ada"); !errors.Is(err, ErrRefused) {
			t.Errorf("approve = %v, want ErrRefused", err)
		}
		if _, ok, err := l.Wait(t.Context(), device, time.Hour); ok || !errors.Is(err, ErrRefused) {
			t.Errorf("wait = %v, %v, want ErrRefused", ok, err)
		}
	}
}

func TestALoginExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(nil, nil)
		device, opened := open(t, l, laptop)
		if _, err := l.Approve(opened.Code, "ada"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(Life - time.Nanosecond)
		if _, err := l.Login(opened.Code); err != nil {
			t.Errorf("just before the end: %v", err)
		}
		time.Sleep(time.Nanosecond)
		for what, err := range map[string]error{
			"read": second(l.Login(opened.Code)), "approve": second(l.Approve(opened.Code, "ada")), "refuse": second(l.Refuse(opened.Code)),
			"wait": third(l.Wait(t.Context(), device, time.Hour)), "a code that never was": third(l.Wait(t.Context(), opened.Code, time.Hour)),
		} {
			if !errors.Is(err, ErrUnknown) {
				t.Errorf("%s = %v, want ErrUnknown", what, err)
			}
		}
	})
}

func second[T any](_ T, err error) error        { return err }
func third[T any](_ T, _ bool, err error) error { return err }

func TestOpenLoginsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(nil, nil)
		first, _ := open(t, l, laptop)
		time.Sleep(time.Minute)
		for range maxOpenOfSource - 1 {
			open(t, l, laptop)
		}
		var busy *BusyError
		if _, _, err := l.Open(laptop); !errors.As(err, &busy) || busy.After != Life-time.Minute {
			t.Errorf("one too many = %v", err)
		}
		for i := range maxOpen - maxOpenOfSource {
			open(t, l, Request{Source: fmt.Sprint(i)})
		}
		if _, _, err := l.Open(Request{Source: "another"}); !errors.As(err, &busy) {
			t.Errorf("one too many in all = %v", err)
		}
		time.Sleep(Life - time.Minute)
		open(t, l, laptop)
		if _, _, err := l.Wait(t.Context(), first, time.Hour); !errors.Is(err, ErrUnknown) {
			t.Errorf("the oldest = %v", err)
		}
		time.Sleep(Life)
		open(t, l, laptop)
		if len(l.byCode) != 1 || len(l.byDevice) != 1 {
			t.Errorf("%d and %d are remembered, want 1", len(l.byCode), len(l.byDevice))
		}
	})
}

func TestWaitsForOneLoginAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(nil, nil)
		device, _ := open(t, l, laptop)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range maxWaiting {
			wg.Go(func() {
				if _, ok, err := l.Wait(ctx, device, time.Hour); ok || err != nil {
					t.Errorf("%v, %v", ok, err)
				}
			})
		}
		synctest.Wait()
		if _, _, err := l.Wait(ctx, device, time.Hour); !errors.Is(err, ErrWaiting) {
			t.Errorf("one too many = %v, want ErrWaiting", err)
		}
		cancel()
		wg.Wait()
		if _, _, err := l.Wait(ctx, device, 0); err != nil {
			t.Errorf("after the others have gone: %v", err)
		}
	})
}

func TestCodesAreFair(t *testing.T) {
	t.Parallel()
	counts := map[rune]int{}
	const codes = 5000
	for range codes {
		for _, r := range strings.ReplaceAll(newCode(), "-", "") {
			counts[r]++
		}
	}
	// 2000 each are expected, with a standard deviation of 44; a modulo bias would be 7 %.
	for _, r := range letters {
		if n := counts[r]; n < 2000-8*44 || n > 2000+8*44 {
			t.Errorf("%c occurs %d times, want about 2000", r, n)
		}
	}
	if len(counts) != len(letters) {
		t.Errorf("other letters: %v", counts)
	}
}
