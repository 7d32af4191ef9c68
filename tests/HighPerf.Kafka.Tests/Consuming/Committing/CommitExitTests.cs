using HighPerf.Kafka.Consuming.Committing;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>S5, G4, G12 on the pure machine: every wait ends, once, whatever the way out.</summary>
public sealed class CommitExitTests
{
    private static TimeSpan Second => PipelineProbe.Second;

    [Fact]
    public void G4_Nothing_is_sent_between_JoinGroup_and_SyncGroup_and_no_JoinGroup_while_a_commit_is_under_way()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(10);
        Task first = probe.CommitAsync();
        Told quiet = probe.Quiesce(Second * 10);
        p0.Store(11);
        Task second = probe.CommitAsync();
        probe.Tick();
        Assert.False(quiet.IsTold);
        probe.Answer();
        quiet.AssertFine();
        Assert.True(first.IsCompletedSuccessfully);
        probe.Pass(Second * 5);
        Assert.Equal(["t-0=10"], probe.Sent);
        probe.Pipeline.OpenGate(probe.Now);
        probe.Answer();
        Assert.Equal(["t-0=10", "t-0=11"], probe.Sent);
        Assert.True(second.IsCompletedSuccessfully);
    }

    [Fact]
    public void G4_The_wait_for_a_commit_is_bounded_and_then_it_counts_as_uncertain()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(10);
        Task first = probe.CommitAsync();
        Told quiet = probe.Quiesce(Second * 3);
        Assert.True(probe.Pass(Second * 3));
        quiet.AssertFine();
        p0.Store(11);

        // One is still under way: the gate's opening sends nothing. When its connection dies it is asserted, and once more later.
        probe.Pipeline.OpenGate(probe.Now);
        Assert.Single(probe.Sent);
        probe.Lose();
        Assert.True(probe.Pass(Second));
        probe.Answer();
        Assert.True(first.IsCompletedSuccessfully);
        Assert.False(probe.Pipeline.IsIdle);
        Assert.True(probe.Pass(Second * 31));
        probe.Answer();
        Assert.Equal(["t-0=10", "t-0=11", "t-0=11"], probe.Sent);
        Assert.True(probe.Pipeline.IsIdle);
    }

    [Fact]
    public void G4_A_commit_that_was_cut_off_and_is_answered_after_all_is_certain()
    {
        PipelineProbe probe = new();
        probe.Open(0).Store(10);
        Task first = probe.CommitAsync();
        Told quiet = probe.Quiesce(Second);
        probe.Pass(Second);
        quiet.AssertFine();
        Assert.False(probe.Pipeline.IsIdle);
        probe.Answer();
        Assert.True(first.IsCompletedSuccessfully);
        Assert.True(probe.Pipeline.IsIdle);
    }

    [Fact]
    public void G4_A_request_that_was_handed_over_is_not_written_when_the_gate_has_closed()
    {
        PipelineProbe probe = new() { WritesAtOnce = false };
        probe.Open(0).Store(10);
        Task commit = probe.CommitAsync();
        probe.Quiesce(Second).AssertFine();
        probe.Write();
        Assert.Empty(probe.Sent);
        Assert.False(commit.IsCompleted);
        probe.Pipeline.OpenGate(probe.Now);
        probe.Write();
        Assert.Equal(["t-0=10"], probe.Sent);
        probe.Answer();
        Assert.True(commit.IsCompletedSuccessfully);
    }

    [Fact]
    public void G4_A_commit_at_the_gate_is_bounded()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        probe.Quiesce(Second);
        Assert.True(probe.CommitAsync().IsCompletedSuccessfully); // nothing stored, nothing to wait for
        p0.Store(10);
        Task commit = probe.CommitAsync();
        while (!commit.IsCompleted)
        {
            Assert.True(probe.Pass(probe.Settings.CallTimeout));
        }

        KafkaTimeoutException error = Assert.IsType<KafkaTimeoutException>(commit.Exception!.InnerException);
        Assert.Contains("The group is rebalancing", error.Message, StringComparison.Ordinal);
        Assert.Equal(Second + probe.Settings.CallTimeout, probe.Now);
    }

    [Fact]
    public void G12_What_is_stored_is_committed_before_a_partition_is_given_up()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        CursorSlot p1 = probe.Open(1);
        p0.Store(10);
        p1.Store(20);
        Told givenUp = probe.GiveUp(Second * 10, p0);
        Assert.Equal(StoreResult.Closed, p0.Store(11));
        Assert.False(givenUp.IsTold);
        Assert.Equal(["t-0=10 t-1=20"], probe.Sent);
        probe.Answer();
        givenUp.AssertFine();
        CursorSlot again = probe.Open(0, committed: 10);
        Assert.Equal(-1, again.StoredOffset);
    }

    [Fact]
    public void Without_automatic_commits_giving_up_commits_only_what_somebody_asked_for()
    {
        PipelineProbe probe = new(isAutomatic: false);
        CursorSlot p0 = probe.Open(0);
        p0.Store(10);
        probe.GiveUp(Second, p0).AssertFine();
        Assert.Empty(probe.Sent);

        p0 = probe.Open(0);
        p0.Store(10);
        Task asked = probe.CommitAsync();
        p0.Store(11);
        Task late = probe.CommitAsync();
        Told givenUp = probe.GiveUp(Second, p0);
        probe.Answer();
        Assert.False(givenUp.IsTold);
        probe.Answer();
        givenUp.AssertFine();
        Assert.True(asked.IsCompletedSuccessfully && late.IsCompletedSuccessfully);
        Assert.Equal(["t-0=10", "t-0=11"], probe.Sent);
    }

    [Fact]
    public void A_partition_that_is_assigned_again_while_it_is_given_up_is_committed_after_that()
    {
        PipelineProbe probe = new();
        CursorSlot old = probe.Open(0);
        old.Store(100);
        Told givenUp = probe.GiveUp(Second * 40, old);
        CursorSlot slot = probe.Open(0);
        slot.Store(50);
        Task commit = probe.CommitAsync();
        Assert.Equal(StoreResult.Closed, old.Store(101));
        probe.Answer();
        givenUp.AssertFine();
        Assert.Equal(["t-0=100", "t-0=50"], probe.Sent);
        Assert.False(commit.IsCompleted);
        probe.Answer();
        Assert.True(commit.IsCompletedSuccessfully);
        Assert.True(probe.Pipeline.IsIdle);
    }

    [Fact]
    public void S1b_What_an_earlier_assignment_left_in_doubt_comes_before_the_next_one()
    {
        PipelineProbe probe = new();
        CursorSlot old = probe.Open(0);
        old.Store(100);
        probe.Open(1).Store(10);
        Told givenUp = probe.GiveUp(Second * 5, old);
        probe.Lose();
        CursorSlot slot = probe.Open(0);
        slot.Store(50);
        Task commit = probe.CommitAsync();
        probe.Pass(Second);
        probe.Answer(); // the old one is asserted, and waits until it may be asserted once more
        Assert.False(commit.IsCompleted || givenUp.IsTold);
        Assert.False(probe.Pipeline.IsInFlight);
        Assert.True(probe.Pass(Second * 5));
        Assert.True(givenUp.IsTold);
        probe.Answer();
        Assert.True(commit.IsCompletedSuccessfully);
        Assert.True(probe.Pass(Second * 40));
        probe.Answer();
        Assert.Equal(["t-0=100 t-1=10", "t-0=100 t-1=10", "t-0=50", "t-0=50 t-1=10"], probe.Sent);
        Assert.True(probe.Pipeline.IsIdle);
    }

    [Fact]
    public void Giving_up_ends_at_its_deadline_and_says_what_was_not_committed()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(10);
        Task commit = probe.CommitAsync();
        Told givenUp = probe.GiveUp(Second * 4, p0);
        Assert.True(probe.Pass(Second * 4));
        Assert.True(givenUp.IsTold);
        Assert.Contains("t-0 was given up before its offset 10 was known to be committed", givenUp.Error!.Message, StringComparison.Ordinal);
        probe.Lose();
        Assert.IsType<KafkaException>(commit.Exception!.InnerException);
        Assert.False(probe.Pass(Second * 50));
        Assert.Single(probe.Sent);
    }

    [Fact]
    public void Lost_partitions_fail_who_waits_for_them_and_are_never_committed()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        CursorSlot p1 = probe.Open(1);
        p0.Store(10);
        p1.Store(20);
        Task commit = probe.CommitAsync();
        probe.Answer(ErrorCode.CoordinatorLoadInProgress);
        Task other = probe.GiveAsync(new GivenOffset(PipelineProbe.At(1), 21));
        probe.Pipeline.Drop([p0], new KafkaException("The session timed out."), probe.Now);
        probe.Run();
        string error = commit.Exception!.InnerException!.Message;
        Assert.Contains("Commit of t-0@10 refused: the partition is not assigned any more", error, StringComparison.Ordinal);
        Assert.Equal(StoreResult.Closed, p0.Store(11));
        probe.Pass(Second);
        Assert.Equal(["t-0=10 t-1=20", "t-1=21"], probe.Sent);
        probe.Answer();
        Assert.True(other.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData("queued")]
    [InlineData("gated")]
    [InlineData("in flight")]
    [InlineData("answered")]
    public void S5_A_cancelled_commit_returns_at_once_and_a_second_one_succeeds(string point)
    {
        PipelineProbe probe = new() { WritesAtOnce = false };
        CursorSlot p0 = probe.Open(0);
        p0.Store(10);
        using CancellationTokenSource cancel = new();
        if (point != "in flight" && point != "answered")
        {
            probe.Quiesce(Second);
        }

        if (point == "queued")
        {
            cancel.Cancel();
        }

        Task commit = probe.CommitAsync(cancel.Token);
        if (point is "in flight" or "answered")
        {
            probe.Write();
        }

        if (point == "answered")
        {
            probe.Answer();
        }

        cancel.Cancel();
        probe.Run();
        Assert.Equal(point == "answered" ? TaskStatus.RanToCompletion : TaskStatus.Canceled, commit.Status);
        Assert.Equal(0, probe.Waiters.Pending);

        p0.Store(11);
        Task second = probe.CommitAsync();
        probe.Pipeline.OpenGate(probe.Now);
        if (point == "in flight")
        {
            probe.Answer();
        }

        probe.Write();
        probe.Answer();
        Assert.True(second.IsCompletedSuccessfully);
        Assert.Equal("t-0=11", probe.Sent[^1]);
        Assert.Equal(0, probe.Waiters.Pending);
        Assert.True(probe.Pipeline.IsIdle);
    }

    [Theory]
    [InlineData("no coordinator", typeof(KafkaTimeoutException))]
    [InlineData("lost", typeof(KafkaException))]
    [InlineData("refused", typeof(KafkaBrokerException))]
    [InlineData("fatal", typeof(KafkaBrokerException))]
    [InlineData("closed", typeof(ObjectDisposedException))]
    public void S5_Every_way_out_ends_every_wait_once(string exit, Type expected)
    {
        PipelineProbe probe = new();
        probe.Pipeline.ChangeIdentity(new CommitIdentity("m", 1), probe.Now);
        CursorSlot p0 = probe.Open(0);
        p0.Store(10);
        Task inFlight = probe.CommitAsync();
        p0.Store(11);
        Task gathered = probe.CommitAsync();
        Task given = probe.GiveAsync(new GivenOffset(PipelineProbe.At(0), 12));
        Told quiet = probe.Quiesce(Second * 5);
        Told givenUp = probe.GiveUp(Second * 90, p0);
        switch (exit)
        {
            case "no coordinator":
                probe.Lose();
                probe.Pipeline.OpenGate(probe.Now);
                while (probe.Pass(Second * 100))
                {
                    if (probe.Pipeline.IsInFlight)
                    {
                        probe.Lose(maybeSent: false);
                    }
                }

                break;
            case "lost":
                probe.Pipeline.Drop([p0], null, probe.Now);
                probe.Answer(ErrorCode.UnknownMemberId);
                break;
            case "refused":
                probe.Answer(ErrorCode.GroupAuthorizationFailed);
                probe.Pipeline.OpenGate(probe.Now);
                probe.Answer(ErrorCode.GroupAuthorizationFailed);
                break;
            case "fatal":
                probe.Answer(ErrorCode.FencedInstanceId);
                break;
            default:
                probe.Pipeline.Close();
                break;
        }

        probe.Run();
        quiet.AssertFine();
        Assert.True(givenUp.IsTold);
        Assert.NotNull(givenUp.Error);
        Assert.IsType(expected, inFlight.Exception!.InnerException);
        Assert.NotNull(given.Exception);
        Assert.True(gathered.IsCompleted);
        Assert.Equal(0, probe.Waiters.Pending);
    }

    [Fact]
    public void S5_A_caller_whose_continuation_throws_keeps_no_other_from_going_on()
    {
        PipelineProbe probe = new();
        probe.Open(0).Store(10);
        InlineExecutor executor = new();
        CommitWaiter[] waiters = [.. Enumerable.Range(0, 3).Select(_ => probe.Waiters.Rent())];
        int went = 0;
        for (int i = 0; i < waiters.Length; i++)
        {
            int number = i;
            ValueTask task = waiters[i].Begin(null, false, default);
            OnCompleted(task, () =>
            {
                went++;
                if (number == 0)
                {
                    throw new InvalidOperationException("The caller's own affair.");
                }
            });
            Assert.True(waiters[i].TryDecide(null));
            waiters[i].Next = i + 1 < waiters.Length ? waiters[i + 1] : null;
        }

        executor.Queue(new CommitOutcome(executor, waiters[0]));
        Assert.Throws<InvalidOperationException>(executor.RunAll);
        executor.RunAll();
        Assert.Equal(3, went);
    }

    // Straight from the executor, past the test's own context.
    private static void OnCompleted(ValueTask task, Action continuation) => task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(continuation);
}
