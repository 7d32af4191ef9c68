using HighPerf.Kafka.Consuming.Committing;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>What each code of an answer does to the callers, the table and the membership; on the pure machine.</summary>
public sealed class CommitAnswerTests
{
    private static readonly CommitIdentity Member = new("m", 7);

    private static TimeSpan Second => PipelineProbe.Second;

    public static TheoryData<ErrorCode> AllCodes => [.. Enum.GetValues<ErrorCode>()];

    [Theory]
    [MemberData(nameof(AllCodes))]
    public void G6_Every_code_settles_or_repeats_its_partition_and_no_other(ErrorCode code)
    {
        PipelineProbe probe = new();
        probe.Pipeline.ChangeIdentity(Member, probe.Now);
        CursorSlot p0 = probe.Open(0);
        CursorSlot p1 = probe.Open(1);
        p0.Store(10);
        p1.Store(20);
        Task all = probe.CommitAsync();
        Task other = probe.GiveAsync(new GivenOffset(PipelineProbe.At(1), 20));
        probe.Answer(partition => partition.Partition == 0 ? code : ErrorCode.None);
        Assert.Equal(new CommitPoint(0, -1, 20), p1.Acked);
        Assert.True(other.IsCompletedSuccessfully);
        CommitVerdict verdict = CommitVerdicts.Of(code, isMember: true);
        if (code == ErrorCode.None)
        {
            Assert.True(all.IsCompletedSuccessfully);
        }
        else if (verdict == CommitVerdict.Refused)
        {
            KafkaBrokerException error = Assert.IsType<KafkaBrokerException>(all.Exception!.InnerException);
            Assert.Equal((code, PipelineProbe.At(0)), (error.Code, error.TopicPartition));
            Assert.Contains("offset 10 of group \"g\" (generation 7, member m) is not committed", error.Message, StringComparison.Ordinal);
            Assert.False(probe.Pass(Second * 50));
            Assert.Single(probe.Sent);
        }
        else
        {
            Assert.False(all.IsCompleted);
            if (verdict == CommitVerdict.MembershipEnded)
            {
                Assert.Equal([$"{code} m/7"], probe.Asked);
                Assert.False(probe.Pass(Second * 50));
                probe.Pipeline.ChangeIdentity(new CommitIdentity("m", 8), probe.Now);
            }
            else
            {
                Assert.True(probe.Pass(Second));
            }

            Assert.Equal(["t-0=10 t-1=20", "t-0=10"], probe.Sent);
            probe.Answer();
            Assert.True(all.IsCompletedSuccessfully);
        }
    }

    [Fact]
    public void G6_A_partition_that_is_missing_from_the_answer_is_an_error_of_that_partition()
    {
        PipelineProbe probe = new();
        probe.Open(0).Store(10);
        probe.Open(1).Store(20);
        Task all = probe.CommitAsync();
        Task fine = probe.GiveAsync(new GivenOffset(PipelineProbe.At(1), 20));
        probe.Answer(partition => partition.Partition == 0 ? null : ErrorCode.None);
        Assert.True(fine.IsCompletedSuccessfully);
        Assert.Contains("does not hold t-0", all.Exception!.InnerException!.Message, StringComparison.Ordinal);

        // It is still to be committed for whoever asks next.
        Task again = probe.CommitAsync();
        Assert.Equal("t-0=10", probe.Sent[^1]);
        probe.Answer();
        Assert.True(again.IsCompletedSuccessfully);
    }

    [Fact]
    public void G2_REBALANCE_IN_PROGRESS_is_told_and_tried_again_under_the_generation_that_comes()
    {
        PipelineProbe probe = new();
        probe.Pipeline.ChangeIdentity(Member, probe.Now);
        CursorSlot p0 = probe.Open(0);
        p0.Store(10);
        Task commit = probe.CommitAsync();
        probe.Answer(ErrorCode.RebalanceInProgress);
        Assert.Equal(["RebalanceInProgress m/7"], probe.Asked);
        Told quiet = probe.Quiesce(Second);
        quiet.AssertFine();
        Assert.False(probe.Pass(Second * 5));
        p0.Store(11);
        probe.Pipeline.ChangeIdentity(new CommitIdentity("m", 8), probe.Now);
        Assert.Single(probe.Sent);
        probe.Pipeline.OpenGate(probe.Now);
        Assert.Equal(["t-0=10", "t-0=11"], probe.Sent);
        Assert.Equal(8, probe.WrittenAs.Generation);
        probe.Answer();
        Assert.True(commit.IsCompletedSuccessfully);
    }

    [Fact]
    public void G2_ILLEGAL_GENERATION_of_an_older_generation_is_tried_again_and_of_the_current_one_ends_what_is_given_up()
    {
        PipelineProbe probe = new();
        probe.Pipeline.ChangeIdentity(Member, probe.Now);
        CursorSlot p0 = probe.Open(0);
        CursorSlot p1 = probe.Open(1);
        p0.Store(10);
        Task commit = probe.CommitAsync();
        probe.Pipeline.ChangeIdentity(new CommitIdentity("m", 8), probe.Now);
        probe.Answer(ErrorCode.IllegalGeneration);
        Assert.True(probe.Pass(Second));
        Assert.Equal(2, probe.Sent.Count);

        p1.Store(20);
        Told givenUp = probe.GiveUp(Second * 30, p1);
        probe.Answer(ErrorCode.IllegalGeneration);
        Assert.True(givenUp.IsTold);
        Assert.Equal(ErrorCode.IllegalGeneration, Assert.IsType<KafkaBrokerException>(givenUp.Error).Code);

        // The other partition is kept, and committed under the next generation.
        Assert.False(commit.IsCompleted);
        probe.Pipeline.ChangeIdentity(new CommitIdentity("m", 9), probe.Now);
        probe.Pass(Second);
        Assert.Equal("t-0=10", probe.Sent[^1]);
        probe.Answer();
        Assert.True(commit.IsCompletedSuccessfully);
    }

    [Fact]
    public void G3_FENCED_INSTANCE_ID_fails_everybody_who_waits_or_comes_later()
    {
        PipelineProbe probe = new();
        probe.Pipeline.ChangeIdentity(Member, probe.Now);
        CursorSlot p0 = probe.Open(0);
        p0.Store(10);
        Task first = probe.CommitAsync();
        p0.Store(11);
        Task gathered = probe.CommitAsync();
        probe.Answer(ErrorCode.FencedInstanceId);
        foreach (Task failed in new[] { first, gathered, probe.CommitAsync() })
        {
            Assert.Equal(ErrorCode.FencedInstanceId, Assert.IsType<KafkaBrokerException>(failed.Exception!.InnerException).Code);
        }

        Assert.Single(probe.Sent);
        Assert.NotNull(probe.GiveUp(Second, p0));
        Assert.Equal(0, probe.Waiters.Pending);
    }

    [Fact]
    public void Partitions_assigned_by_hand_in_a_group_with_members_are_refused_with_advice()
    {
        PipelineProbe probe = new();
        probe.Open(0).Store(10);
        Task commit = probe.CommitAsync();
        probe.Answer(ErrorCode.UnknownMemberId);
        Assert.Contains("the group has members", commit.Exception!.InnerException!.Message, StringComparison.Ordinal);
        Assert.Empty(probe.Asked);
    }

    [Fact]
    public void Metadata_that_is_too_large_is_not_sent_again_and_does_not_hold_up_what_is_stored()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(10);
        Task given = probe.GiveAsync(new GivenOffset(PipelineProbe.At(0), 15, Metadata: "much"));
        Assert.Equal(["t-0=15'much'"], probe.Sent);
        probe.Answer(ErrorCode.OffsetMetadataTooLarge);
        Assert.Contains("offset.metadata.max.bytes", given.Exception!.InnerException!.Message, StringComparison.Ordinal);
        Task stored = probe.CommitAsync();
        Assert.Equal("t-0=10", probe.Sent[^1]);
        probe.Answer();
        Assert.True(stored.IsCompletedSuccessfully);
    }

    [Fact]
    public void An_automatic_commit_that_is_refused_is_told_and_tried_with_the_next()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        p0.Store(10);
        probe.Tick();
        probe.Answer(ErrorCode.TopicAuthorizationFailed);
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, Assert.IsType<KafkaBrokerException>(Assert.Single(probe.Background)).Code);
        Assert.False(probe.Pass(Second * 100));
        probe.Tick();
        Assert.Equal(["t-0=10", "t-0=10"], probe.Sent);
        probe.Answer();
        Assert.True(probe.Pipeline.IsIdle);
    }

    [Fact]
    public void G6_A_partition_that_is_refused_for_long_does_not_make_the_others_wait_longer_and_longer()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0);
        CursorSlot p1 = probe.Open(1);
        p1.Store(1);
        Task never = probe.CommitAsync();
        for (int i = 1; i <= 20; i++)
        {
            p0.Store(i);
            Task commit = probe.CommitAsync();
            probe.Answer(partition => partition.Partition == 1 ? ErrorCode.UnknownTopicOrPartition : ErrorCode.None);
            TimeSpan before = probe.Now;
            Assert.True(probe.Pass(Second));
            Assert.InRange(probe.Now - before, TimeSpan.Zero, probe.Settings.RetryBackoff * 1.2);
            probe.Answer(partition => partition.Partition == 1 ? ErrorCode.UnknownTopicOrPartition : ErrorCode.None);
            Assert.Equal(i, p0.Acked.Offset);
            Assert.False(commit.IsCompleted); // all that is stored includes the other one
            probe.Pass(Second);
        }

        Assert.Contains("metadata", probe.Asked);
        Assert.False(never.IsCompleted);
    }

    [Fact]
    public void A_group_that_may_not_be_found_fails_who_waits_and_is_asked_again_for_who_comes_later()
    {
        PipelineProbe probe = new() { WritesAtOnce = false };
        CursorSlot p0 = probe.Open(0);
        p0.Store(10);
        Task commit = probe.CommitAsync();
        probe.Pipeline.Failed(new KafkaBrokerException(ErrorCode.GroupAuthorizationFailed, ApiKey.FindCoordinator), maybeSent: false, probe.Now);
        probe.Run();
        Assert.Equal(ErrorCode.GroupAuthorizationFailed, Assert.IsType<KafkaBrokerException>(commit.Exception!.InnerException).Code);
        Task again = probe.CommitAsync();
        Assert.True(probe.Pass(Second));
        probe.Write();
        probe.Answer();
        Assert.True(again.IsCompletedSuccessfully);
    }

    [Fact]
    public void G1_Offsets_go_with_the_epoch_of_their_last_record_and_an_unknown_one_is_resolved()
    {
        PipelineProbe probe = new();
        CursorSlot p0 = probe.Open(0, committed: 100, epoch: 3);
        CursorSlot p1 = probe.Open(1);
        p0.EpochSeen(5, 150);
        p0.Store(150);
        p1.Store(10);
        probe.Tick();
        probe.Answer();
        p0.Store(151);
        probe.Tick();
        probe.Answer();
        p1.EpochSeen(2, 0);
        p1.Store(9);
        p1.Store(11);
        probe.Tick();
        probe.Answer();
        Assert.Equal(["t-0=150/3 t-1=10", "t-0=151/5", "t-1=11/2"], probe.Sent);

        // The unknown epoch counts as the first that became known: nothing lower passes for it.
        Task lower = probe.GiveAsync(new GivenOffset(PipelineProbe.At(1), 8));
        Assert.True(lower.IsCompletedSuccessfully);
        Assert.Equal(3, probe.Sent.Count);
    }

    [Fact]
    public void G8_A_commit_for_a_partition_that_is_not_assigned_is_a_clear_error_and_commits_none()
    {
        PipelineProbe probe = new();
        probe.Open(0);
        Task commit = probe.GiveAsync(new GivenOffset(PipelineProbe.At(0), 5), new GivenOffset(PipelineProbe.At(9), 120));
        InvalidOperationException error = Assert.IsType<InvalidOperationException>(commit.Exception!.InnerException);
        Assert.Contains("Offset 120 of t-9 was not committed in group \"g\": the partition is not assigned", error.Message, StringComparison.Ordinal);
        Assert.Empty(probe.Sent);
    }

    [Fact]
    public void Given_offsets_are_committed_alone_when_nothing_is_committed_automatically()
    {
        PipelineProbe probe = new(isAutomatic: false);
        probe.Open(0).Store(10);
        probe.Open(1).Store(20);
        Task given = probe.GiveAsync(new GivenOffset(PipelineProbe.At(0), 5));
        probe.Answer();
        Assert.Equal(["t-0=5"], probe.Sent);
        Assert.True(given.IsCompletedSuccessfully);
        Task all = probe.CommitAsync();
        probe.Answer();
        Assert.Equal("t-0=10 t-1=20", probe.Sent[^1]);
        Assert.True(all.IsCompletedSuccessfully);
    }
}
