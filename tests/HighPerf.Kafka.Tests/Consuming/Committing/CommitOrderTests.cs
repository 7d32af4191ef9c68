using HighPerf.Kafka.Consuming.Committing;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>S1 on the pure machine: whatever happens between, the coordinator never sees an offset go backward. Asserted on the sequence of requests.</summary>
public sealed class CommitOrderTests
{
    private static TimeSpan Second => PipelineProbe.Second;

    [Fact]
    public void S1a_Three_commits_while_the_first_is_under_way_are_one_more_request_with_the_newest_offsets()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        CursorSlot p1 = probe.Open(1);
        p0.Store(11);
        Task first = probe.CommitAsync();
        p1.Store(21);
        Task second = probe.CommitAsync();
        p0.Store(12);
        Task third = probe.CommitAsync();
        Assert.Equal(["t-0=11"], probe.Sent);
        Assert.False(first.IsCompleted);

        probe.Answer();
        Assert.True(first.IsCompletedSuccessfully);
        Assert.Equal(["t-0=11", "t-0=12 t-1=21"], probe.Sent);
        Assert.False(second.IsCompleted || third.IsCompleted);

        probe.Answer();
        Assert.True(second.IsCompletedSuccessfully && third.IsCompletedSuccessfully);
        Assert.Equal(2, probe.Sent.Count);
        Assert.True(probe.Pipeline.IsIdle);
        Assert.Equal(0, probe.Waiters.Pending);
    }

    [Fact]
    public void S1a_What_is_stored_while_a_request_waits_to_be_written_goes_with_it()
    {
        PipelineProbe probe = new() { WritesAtOnce = false };
        CursorSlot p0 = probe.Open(0);
        CursorSlot p1 = probe.Open(1);
        p0.Store(11);
        Task first = probe.CommitAsync();
        p1.Store(21);
        Task second = probe.CommitAsync();
        p0.Store(12);
        Task third = probe.CommitAsync();
        probe.Write();
        Assert.Equal(["t-0=12 t-1=21"], probe.Sent);
        Assert.False(first.IsCompleted || second.IsCompleted || third.IsCompleted);

        probe.Answer();
        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully && third.IsCompletedSuccessfully);
        Assert.Single(probe.Sent);
    }

    [Fact]
    public void S1a_A_commit_of_what_is_under_way_already_shares_its_answer()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(11);
        Task first = probe.CommitAsync();
        Task second = probe.CommitAsync();
        probe.Answer();
        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully);
        Assert.Equal(["t-0=11"], probe.Sent);
    }

    [Fact]
    public void S1b_While_the_connection_lives_nothing_is_sent_before_the_answer()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(100);
        using CancellationTokenSource cancel = new();
        Task cancelled = probe.CommitAsync(cancel.Token);
        cancel.Cancel();
        probe.Run();
        Assert.True(cancelled.IsCanceled);
        p0.Store(200);
        Task second = probe.CommitAsync();
        probe.Tick();
        Assert.Equal(["t-0=100"], probe.Sent);

        probe.Answer();
        Assert.Equal(["t-0=100", "t-0=200"], probe.Sent);
        probe.Answer();
        Assert.True(second.IsCompletedSuccessfully);
    }

    [Fact]
    public void S1b_A_commit_whose_connection_died_is_asserted_at_reconnect_and_once_more_when_nothing_can_come_after_it()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(100);
        _ = probe.CommitAsync();
        p0.Store(200);
        probe.Lose();
        TimeSpan lostAt = probe.Now;
        Assert.True(probe.Pass(Second));
        Assert.Equal(["t-0=100", "t-0=200"], probe.Sent);
        probe.Answer();

        // Revoking waits for the second assertion, which waits until the broker cannot apply the lost commit any more.
        Told givenUp = probe.GiveUp(TimeSpan.FromMinutes(2), p0);
        Assert.False(givenUp.IsTold);
        Assert.Equal(2, probe.Sent.Count);
        Assert.True(probe.Pass(probe.Settings.UncertainTime));
        Assert.Equal(lostAt + probe.Settings.UncertainTime, probe.Now);
        Assert.Equal(["t-0=100", "t-0=200", "t-0=200"], probe.Sent);
        Assert.False(givenUp.IsTold);
        probe.Answer();
        givenUp.AssertFine();
        Assert.True(probe.Pipeline.IsIdle);
    }

    [Fact]
    public void S1b_A_lost_commit_is_asserted_even_if_nobody_waits_for_it()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(100);
        probe.Tick();
        probe.Lose();
        Assert.True(probe.Pass(Second));
        Assert.Equal(["t-0=100", "t-0=100"], probe.Sent);
        probe.Lose();
        Assert.True(probe.Pass(Second));
        probe.Answer();
        Assert.Equal(3, probe.Sent.Count);
        Assert.True(probe.Pass(TimeSpan.FromMinutes(1)));
        Assert.Equal(4, probe.Sent.Count);
        probe.Answer();
        Assert.True(probe.Pipeline.IsIdle);
    }

    [Fact]
    public void S1b_A_commit_that_was_not_sent_leaves_no_doubt()
    {
        PipelineProbe probe = new() { WritesAtOnce = false };
        CursorSlot p0 = probe.Open(0);
        p0.Store(100);
        Task commit = probe.CommitAsync();
        probe.Lose(maybeSent: false);
        Assert.True(probe.Pass(Second));
        probe.Write();
        probe.Answer();
        Assert.True(commit.IsCompletedSuccessfully);
        Assert.True(probe.Pipeline.IsIdle);
    }

    [Fact]
    public void S1c_An_automatic_commit_with_something_lower_never_follows_something_higher()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(100);
        _ = probe.CommitAsync();
        p0.Store(200);
        _ = probe.CommitAsync();
        Assert.Equal(StoreResult.NotHigher, p0.Store(150));
        probe.Tick();
        Task given = probe.GiveAsync(new GivenOffset(PipelineProbe.At(0), 150));
        probe.Answer();
        probe.Tick();
        probe.Answer();
        probe.Tick();
        Assert.Equal(["t-0=100", "t-0=200"], probe.Sent);
        Assert.True(given.IsCompletedSuccessfully);
    }

    [Fact]
    public void S1d_A_retry_carries_what_was_stored_meanwhile()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(50);
        Task commit = probe.CommitAsync();
        probe.Answer(ErrorCode.NotCoordinator);
        Assert.Equal(["moved NotCoordinator"], probe.Asked);
        p0.Store(80);
        Assert.False(commit.IsCompleted);
        Assert.True(probe.Pass(Second));
        Assert.Equal(["t-0=50", "t-0=80"], probe.Sent);
        probe.Answer();
        Assert.True(commit.IsCompletedSuccessfully);
    }

    [Fact]
    public void S1e_A_lower_offset_of_a_higher_leader_epoch_passes()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.EpochSeen(3, 0);
        p0.Store(100);
        _ = probe.CommitAsync();
        probe.Answer();
        Task given = probe.GiveAsync(new GivenOffset(PipelineProbe.At(0), 80, LeaderEpoch: 4));
        Assert.Equal(["t-0=100/3", "t-0=80/4"], probe.Sent);
        probe.Answer();
        Assert.True(given.IsCompletedSuccessfully);

        // And then nothing of the epoch before.
        Task stale = probe.GiveAsync(new GivenOffset(PipelineProbe.At(0), 101, LeaderEpoch: 3));
        Assert.IsType<InvalidOperationException>(stale.Exception!.InnerException);
        Assert.Equal(2, probe.Sent.Count);
    }

    [Fact]
    public void S1e_A_log_that_was_truncated_goes_on_in_a_slot_of_its_own()
    {
        PipelineProbe probe = new();
        CursorSlot old = probe.Open(0);
        old.EpochSeen(3, 0);
        old.Store(100);
        _ = probe.CommitAsync();
        probe.Answer();
        old.Store(120);
        CursorSlot slot = probe.Pipeline.Reopen(old, Guid.Empty, probe.Now);
        Assert.Equal(StoreResult.Closed, old.Store(130));
        slot.EpochSeen(4, 70);
        slot.Store(71);
        probe.Tick();
        Assert.Equal(["t-0=100/3", "t-0=71/4"], probe.Sent);
    }

    [Fact]
    public void S1e_A_topic_that_was_made_anew_begins_from_nothing()
    {
        PipelineProbe probe = new();
        CursorSlot old = probe.Pipeline.Open(PipelineProbe.At(0), "t"u8.ToArray(), new Guid(1, 0, 0, new byte[8]), 100, 3);
        CursorSlot slot = probe.Pipeline.Reopen(old, new Guid(2, 0, 0, new byte[8]), probe.Now);
        slot.EpochSeen(0, 0);
        slot.Store(5);
        probe.Tick();
        Assert.Equal(["t-0=5/0"], probe.Sent);
    }

    [Fact]
    public void S1e_A_rewind_is_the_only_way_back_and_forgets_what_was_stored()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(100);
        _ = probe.CommitAsync();
        p0.Store(110);
        Task rewound = probe.RewindAsync(new GivenOffset(PipelineProbe.At(0), 40, Metadata: "again"));
        probe.Answer();
        Assert.Equal(["t-0=100", "t-0=40'again'"], probe.Sent);
        Assert.False(rewound.IsCompleted);
        Assert.Equal(StoreResult.Stored, p0.Store(41));
        probe.Answer();
        Assert.True(rewound.IsCompletedSuccessfully);
        probe.Tick();
        Assert.Equal("t-0=41", probe.Sent[^1]);
    }

    [Fact]
    public void S1f_Calls_that_no_coordinator_serves_end_when_their_time_is_over()
    {
        PipelineProbe probe = new() { WritesAtOnce = true };
        CursorSlot[] slots = [.. Enumerable.Range(0, 4).Select(i => probe.Open(i))];
        List<Task> calls = [];
        for (int i = 0; i < 200; i++)
        {
            foreach (CursorSlot slot in slots)
            {
                slot.Store(i + 1);
                calls.Add(probe.CommitAsync());
            }
        }

        TimeSpan end = probe.Now + probe.Settings.CallTimeout;
        while (probe.Now < end)
        {
            if (probe.Pipeline.IsInFlight)
            {
                probe.Now += TimeSpan.FromMilliseconds(300);
                probe.Answer(ErrorCode.NotCoordinator);
            }

            probe.Pass(TimeSpan.FromMilliseconds(500));
        }

        Assert.All(calls, call => Assert.IsType<KafkaTimeoutException>(call.Exception!.InnerException));
        Assert.Equal(0, probe.Waiters.Pending);

        // What was stored is not forgotten.
        probe.Answer(ErrorCode.NotCoordinator);
        Task last = probe.CommitAsync();
        probe.Pass(Second * 2);
        probe.Answer();
        Assert.True(last.IsCompletedSuccessfully);
        Assert.Equal("t-0=200 t-1=200 t-2=200 t-3=200", probe.Sent[^1]);
    }
}
