using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>S1 and S5 on the wire: virtual time, a scripted coordinator, and the exact sequence of OffsetCommit requests that it saw.</summary>
public sealed class OffsetCommitterTests
{
    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    private static TimeSpan Second => CommitterProbe.Second;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S1a_One_request_is_under_way_and_the_next_holds_the_newest_offsets(ulong seed) => CommitterProbe.Run(seed, async probe =>
    {
        await probe.JoinAsync(7);
        CursorSlot p0 = await probe.OpenAsync(0);
        CursorSlot p1 = await probe.OpenAsync(1);
        probe.IsHolding = true;
        p0.Store(11);
        Task first = probe.Committer.CommitAsync(default).AsTask();
        await probe.SeenAsync(1);
        p1.Store(21);
        Task second = probe.Committer.CommitAsync(default).AsTask();
        p0.Store(12);
        Task third = probe.Committer.CommitAsync(default).AsTask();
        await probe.Simulation.Delay(4 * Second); // past no automatic commit, which would say the same
        Assert.Single(probe.Seen);
        Assert.False(first.IsCompleted || second.IsCompleted || third.IsCompleted);

        await probe.AnswerAsync();
        await first;
        await probe.SeenAsync(2);
        Assert.False(second.IsCompleted || third.IsCompleted);
        await probe.AnswerAsync();
        await second;
        await third;
        Assert.Equal(["b1.1 7/m: t-0=11", "b1.1 7/m: t-0=12 t-1=21"], probe.Seen);
        await probe.OnLoopAsync(() => Assert.True(probe.Committer.IsIdle));
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S1b_A_commit_of_which_nobody_knows_whether_it_was_applied_is_asserted_twice_before_the_partition_is_given_up(ulong seed) =>
        CommitterProbe.Run(seed, async probe =>
        {
            await probe.JoinAsync(7);
            CursorSlot p0 = await probe.OpenAsync(0);
            probe.IsHolding = true;
            p0.Store(100);
            using CancellationTokenSource cancel = new();
            Task cancelled = probe.Committer.CommitAsync(cancel.Token).AsTask();
            await probe.SeenAsync(1);
            cancel.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
            p0.Store(200);
            Task second = probe.Committer.CommitAsync(default).AsTask();
            await probe.Simulation.Delay(Second);
            Assert.Single(probe.Seen); // the connection lives: nothing before the answer

            await probe.KillAsync();
            TimeSpan killed = probe.Simulation.Now;
            await probe.SeenAsync(2);
            Assert.EndsWith("7/m: t-0=200", probe.Seen[1]);
            await probe.AnswerAsync();
            await second;
            Told givenUp = await probe.GiveUpAsync(120 * Second, p0);
            await probe.Simulation.Delay(20 * Second);
            Assert.False(givenUp.IsTold);
            Assert.Equal(2, probe.Seen.Count);

            await probe.Simulation.Delay(11 * Second);
            Assert.Equal(probe.Seen[1], probe.Seen[2]);
            Assert.False(givenUp.IsTold);
            await probe.AnswerAsync();
            givenUp.AssertFine();
            Assert.InRange(probe.Simulation.Now - killed, 30 * Second, 32 * Second);
            Assert.Equal(3, probe.Seen.Count);
        });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S1c_An_automatic_commit_does_not_bring_something_lower_after_something_higher(ulong seed) => CommitterProbe.Run(seed, async probe =>
    {
        await probe.JoinAsync(7);
        CursorSlot p0 = await probe.OpenAsync(0);
        probe.IsHolding = true;
        p0.Store(100);
        Task first = probe.Committer.CommitAsync(default).AsTask();
        await probe.SeenAsync(1);
        p0.Store(200);
        Task second = probe.Committer.CommitAsync(default).AsTask();
        Assert.Equal(StoreResult.NotHigher, p0.Store(150));
        await probe.Simulation.Delay(12 * Second); // two automatic commits
        probe.IsHolding = false;
        await probe.AnswerAsync();
        await first;
        await second;
        await probe.Simulation.Delay(12 * Second);
        Assert.Equal(["t-0=100", "t-0=200"], probe.Seen.Select(seen => seen.Split(": ")[1]));
    });

    [Fact]
    public void A_coordinator_that_throttles_is_left_alone_and_then_gets_what_is_newest() => CommitterProbe.Run(1, async probe =>
    {
        CursorSlot p0 = await probe.OpenAsync(0);
        probe.Throttle = 3 * Second;
        p0.Store(1);
        await probe.Committer.CommitAsync(default);
        TimeSpan throttled = probe.Simulation.Now;
        probe.Throttle = default;
        p0.Store(2);
        Task second = probe.Committer.CommitAsync(default).AsTask();
        await probe.Simulation.Delay(Second);
        Assert.Single(probe.Seen);
        p0.Store(3);
        await second;
        Assert.InRange(probe.Simulation.Now - throttled, 2.9 * Second, 3.2 * Second);
        Assert.Equal(["t-0=1", "t-0=3"], probe.Seen.Select(seen => seen.Split(": ")[1]));
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void S1d_A_coordinator_that_moved_gets_what_was_stored_meanwhile(ulong seed) => CommitterProbe.Run(seed, async probe =>
    {
        await probe.JoinAsync(7);
        CursorSlot p0 = await probe.OpenAsync(0);
        probe.IsHolding = true;
        probe.Code = _ => ErrorCode.NotCoordinator;
        p0.Store(50);
        Task commit = probe.Committer.CommitAsync(default).AsTask();
        await probe.SeenAsync(1);
        probe.Cluster.Coordinator = 2;
        probe.IsHolding = false;
        await probe.AnswerAsync(); // tried again no sooner than after the back-off time, which is about as long
        p0.Store(80);
        probe.Code = _ => ErrorCode.None;
        await commit;
        Assert.Equal(2, probe.Seen.Count);
        Assert.StartsWith("b1.", probe.Seen[0]);
        Assert.EndsWith("t-0=50", probe.Seen[0]);
        Assert.StartsWith("b2.", probe.Seen[1]);
        Assert.EndsWith("t-0=80", probe.Seen[1]);
    });

    [Fact]
    public void S1f_Calls_end_in_bounded_time_though_every_commit_is_refused_and_the_coordinator_is_slow_to_be_found() => CommitterProbe.Run(1, async probe =>
    {
        await probe.JoinAsync(7);
        CursorSlot[] slots = [await probe.OpenAsync(0), await probe.OpenAsync(1), await probe.OpenAsync(2), await probe.OpenAsync(3)];
        probe.Code = _ => ErrorCode.NotCoordinator;
        TimeSpan begun = probe.Simulation.Now;
        List<Task> calls = [];
        for (int i = 0; i < 200; i++)
        {
            foreach (CursorSlot slot in slots)
            {
                slot.Store(i + 1);
                calls.Add(probe.Committer.CommitAsync(default).AsTask());
            }
        }

        foreach (Task call in calls)
        {
            KafkaTimeoutException error = await Assert.ThrowsAsync<KafkaTimeoutException>(() => call);
            Assert.Contains("NotCoordinator", error.Message, StringComparison.Ordinal);
        }

        Assert.InRange(probe.Simulation.Now - begun, 59 * Second, 61 * Second);
        Assert.Equal(0, probe.Committer.PendingOperations);
        probe.Code = _ => ErrorCode.None;
        await probe.Committer.CommitAsync(default);
        Assert.EndsWith("t-0=200 t-1=200 t-2=200 t-3=200", probe.Seen[^1]);
    });

    [Theory]
    [InlineData("queued")]
    [InlineData("gated")]
    [InlineData("in flight")]
    [InlineData("answered")]
    public void S5_A_commit_that_is_cancelled_anywhere_returns_at_once_and_the_next_one_succeeds(string point) => CommitterProbe.Run(3, async probe =>
    {
        await probe.JoinAsync(7);
        CursorSlot p0 = await probe.OpenAsync(0);
        bool isGated = point is "queued" or "gated";
        if (isGated)
        {
            (await probe.QuiesceAsync(Second)).AssertFine();
        }

        probe.IsHolding = true;
        p0.Store(10);
        using CancellationTokenSource cancel = new();
        Task commit = point == "queued" ? await CommitAndCancelAsync(probe, cancel) : probe.Committer.CommitAsync(cancel.Token).AsTask();
        await probe.Simulation.Delay(Second);
        if (point == "answered")
        {
            await probe.AnswerAsync();
        }

        cancel.Cancel();
        TimeSpan before = probe.Simulation.Now;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await commit;
            cancel.Token.ThrowIfCancellationRequested();
        });
        Assert.Equal(point == "answered", commit.IsCompletedSuccessfully);
        Assert.True(probe.Simulation.Now - before < TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, probe.Committer.PendingOperations);

        p0.Store(11);
        Task second = probe.Committer.CommitAsync(default).AsTask();
        await probe.OnLoopAsync(() => probe.Committer.Gate(true));
        probe.IsHolding = false;
        if (point == "in flight")
        {
            await probe.AnswerAsync();
        }

        await probe.SeenAsync(isGated ? 1 : 2);
        if (!second.IsCompleted)
        {
            await probe.Simulation.Delay(Second);
        }

        await second;
        Assert.EndsWith("t-0=11", probe.Seen[^1]);
        Assert.Equal(0, probe.Committer.PendingOperations);
        Told closed = await probe.CloseAsync(Second);
        await probe.Simulation.Delay(Second);
        closed.AssertFine();
    });

    [Fact]
    public void S5_Closing_is_bounded_without_a_coordinator_and_everybody_is_told_once() => CommitterProbe.Run(1, async probe =>
    {
        probe.Cluster.CoordinatorError = ErrorCode.CoordinatorNotAvailable;
        CursorSlot p0 = await probe.OpenAsync(0);
        p0.Store(10);
        Task commit = probe.Committer.CommitAsync(default).AsTask();
        await probe.Simulation.Delay(Second);
        Told closed = await probe.CloseAsync(5 * Second);
        Task late = probe.Committer.CommitAsync(default).AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => late);
        Assert.False(closed.IsTold);
        await probe.Simulation.Delay(6 * Second);
        Assert.True(closed.IsTold);
        Assert.IsType<KafkaTimeoutException>(closed.Error);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => commit);
        Assert.Equal(0, probe.Committer.PendingOperations);
        Assert.Empty(probe.Seen);
    });

    [Fact]
    public void G12_Closing_commits_what_is_stored() => CommitterProbe.Run(1, async probe =>
    {
        CursorSlot p0 = await probe.OpenAsync(0);
        CursorSlot p1 = await probe.OpenAsync(1);
        p0.Store(10);
        p1.Store(20);
        Told closed = await probe.CloseAsync(5 * Second);
        await probe.Simulation.Delay(Second);
        closed.AssertFine();
        Assert.EndsWith("-1/: t-0=10 t-1=20", Assert.Single(probe.Seen));
        Assert.Equal(StoreResult.Closed, p0.Store(11));
    });

    [Fact]
    public void What_is_stored_is_committed_every_interval_and_nothing_is_sent_when_nothing_is() => CommitterProbe.Run(1, async probe =>
    {
        CursorSlot p0 = await probe.OpenAsync(0);
        await probe.Simulation.Delay(60 * Second);
        Assert.Empty(probe.Cluster.Requests(ApiKey.FindCoordinator));
        for (int i = 1; i <= 3; i++)
        {
            p0.Store(i);
            await probe.Simulation.Delay(6 * Second);
        }

        Assert.Equal(["t-0=1", "t-0=2", "t-0=3"], probe.Seen.Select(seen => seen.Split(": ")[1]));
    });

    [Fact]
    public void G7_Topic_ids_are_used_when_every_topic_has_one() => CommitterProbe.Run(1, async probe =>
    {
        CursorSlot p0 = await probe.OpenAsync(0, new Guid(1, 0, 0, new byte[8]));
        p0.Store(1);
        await probe.Committer.CommitAsync(default);
        CursorSlot p1 = await probe.OpenAsync(1);
        p1.Store(1);
        await probe.Committer.CommitAsync(default);
        await probe.GiveUpAsync(Second, p1);
        await probe.Simulation.Delay(Second);
        p0.Store(2);
        await probe.Committer.CommitAsync(default);
        Assert.Equal([10, 9, 10], probe.Versions);
    });

    [Fact]
    public void G6_A_partition_missing_from_the_answer_is_its_own_error_on_the_wire() => CommitterProbe.Run(1, async probe =>
    {
        CursorSlot p0 = await probe.OpenAsync(0);
        CursorSlot p1 = await probe.OpenAsync(1);
        p0.Store(1);
        p1.Store(1);
        probe.Code = partition => partition.Partition == 0 ? null : ErrorCode.None;
        KafkaException error = await Assert.ThrowsAsync<KafkaException>(() => probe.Committer.CommitAsync(default).AsTask());
        Assert.Contains("does not hold t-0", error.Message, StringComparison.Ordinal);
        probe.Code = _ => ErrorCode.None;
        await probe.Committer.CommitAsync(default);
        Assert.EndsWith(": t-0=1", probe.Seen[^1]);
    });

    [Fact]
    public void Malformed_answers_close_the_connection_and_the_commit_is_asserted_on_the_next() => CommitterProbe.Run(1, async probe =>
    {
        CursorSlot p0 = await probe.OpenAsync(0);
        int bad = 0;
        Func<ScriptedConnection, ScriptedRequest, bool> usual = probe.Cluster.Before!;
        probe.Cluster.Before = (connection, request) =>
        {
            byte[][] bodies =
            [
                [0],
                [0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], // a count of four thousand million topics
                [0, 0, 0, 0, 0, 2, 2, (byte)'t', 0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
            ];
            if (request.ApiKey != ApiKey.OffsetCommit || bad == bodies.Length)
            {
                return usual(connection, request);
            }

            connection.AnswerRaw(request.CorrelationId, bodies[bad++]);
            return true;
        };
        p0.Store(5);
        await probe.Committer.CommitAsync(default);
        Assert.Equal(3, bad);
        Assert.EndsWith(": t-0=5", Assert.Single(probe.Seen));
    });

    [Fact]
    public void Bad_arguments_are_told_by_the_call_itself() => CommitterProbe.Run(1, async probe =>
    {
        await probe.OpenAsync(0);
        OffsetCommitter committer = probe.Committer;
        Assert.Throws<ArgumentNullException>(() => { _ = committer.CommitAsync(null!, default); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = committer.CommitAsync([new GivenOffset(CommitterProbe.At(0), -1)], default); });
        GivenOffset endless = new(CommitterProbe.At(0), 1, Metadata: new string('x', 40_000));
        Assert.Throws<ArgumentException>(() => { _ = committer.CommitAsync([endless], default); });
        await Assert.ThrowsAsync<InvalidOperationException>(() => committer.RewindAsync([new GivenOffset(CommitterProbe.At(3), 1)], default).AsTask());
        await committer.CommitAsync([], default);
        await committer.CommitAsync([new GivenOffset(CommitterProbe.At(0), 7, 2, "mine")], default);
        Assert.EndsWith(": t-0=7'mine'", Assert.Single(probe.Seen));
    });

    // In one turn of the loop, which so does not take the commit between.
    private static async Task<Task> CommitAndCancelAsync(CommitterProbe probe, CancellationTokenSource cancel)
    {
        Task commit = Task.CompletedTask;
        await probe.OnLoopAsync(() =>
        {
            commit = probe.Committer.CommitAsync(cancel.Token).AsTask();
            cancel.Cancel();
        });
        return commit;
    }
}
