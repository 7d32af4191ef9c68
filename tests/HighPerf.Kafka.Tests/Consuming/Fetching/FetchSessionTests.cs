using System.Text;
using HighPerf.Kafka.Consuming;
using HighPerf.Kafka.Consuming.Fetching;

namespace HighPerf.Kafka.Tests.Consuming.Fetching;

/// <summary>The state machine of a fetch session, without anything around it.</summary>
public sealed class FetchSessionTests
{
    private static readonly Guid Orders = new(1, 0, 0, new byte[8]);
    private static readonly Guid Parcels = new(2, 0, 0, new byte[8]);

    private readonly FetchSession _session = new();

    [Fact]
    public void F7_The_first_request_is_full_and_the_next_ones_name_what_changed()
    {
        PartitionCursor[] cursors = AddMany(1000);
        Assert.Equal(1000, Round(sessionId: 7).Named);
        Assert.Equal((7, 1), (_session.Id, _session.Epoch));
        Assert.Equal((0, 0), Round(7));

        cursors[3].FetchOffset = 50;
        _session.Changed(cursors[3].Asked!);
        cursors[8].LeaderEpoch = 4;
        _session.Changed(cursors[8].Asked!);
        _session.Changed(cursors[9].Asked!); // as it was
        _session.Remove(cursors[5]);
        _session.Compose(isById: true, hasSessions: true);
        Assert.Equal([3, 8], _session.Named.Select(static part => part.Partition));
        Assert.Equal([5], _session.Forgotten.Select(static part => part.Partition));
        _session.Answered(7);
        Assert.Equal(3, _session.Epoch);
        Assert.Equal((0, 0), Round(7));
    }

    [Fact]
    public void F7_A_partition_that_left_and_came_back_between_two_requests_is_not_forgotten()
    {
        PartitionCursor cursor = Add("orders", Orders, 0);
        Add("orders", Orders, 1);
        Round(7);
        _session.Remove(cursor);
        _session.Add(cursor);
        Assert.Equal((0, 0), Round(7));
        _session.Remove(cursor);
        PartitionCursor again = Add("orders", Orders, 0, offset: 9);
        Assert.Equal((1, 0), Round(7));
        Assert.Same(again, Find(Orders, 0)!.Cursor);
        Assert.Equal(2, _session.Count);
    }

    [Fact]
    public void F7_What_left_before_the_broker_knew_of_it_is_not_mentioned()
    {
        Add("orders", Orders, 0);
        Round(7);
        PartitionCursor cursor = Add("orders", Orders, 1);
        _session.Remove(cursor);
        Assert.Equal((0, 0), Round(7));
        Assert.Null(Find(Orders, 1));
    }

    [Fact]
    public void F7_A_broker_without_sessions_is_asked_in_full_each_time()
    {
        AddMany(3);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal((3, 0), Round(sessionId: 0));
            Assert.Equal((0, 0), (_session.Id, _session.Epoch));
        }
    }

    [Theory]
    [InlineData(ErrorCode.FetchSessionIdNotFound, 0)]
    [InlineData(ErrorCode.InvalidFetchSessionEpoch, 7)]
    [InlineData(ErrorCode.FetchSessionTopicIdError, 7)]
    public void F7_An_error_of_the_session_begins_a_new_one_and_ends_the_old_if_it_may_be_there(ErrorCode error, int id)
    {
        PartitionCursor[] cursors = AddMany(3);
        Round(7);
        _session.Remove(cursors[0]);
        _session.Compose(isById: true, hasSessions: true);
        _session.Refused(error);
        Assert.Equal((id, 0), (_session.Id, _session.Epoch));
        Assert.Equal((2, 0), Round(8));
        Assert.Equal((8, 1), (_session.Id, _session.Epoch));
    }

    [Fact]
    public void F7_A_request_without_an_answer_is_followed_by_a_full_one()
    {
        AddMany(3);
        Round(7);
        _session.Compose(isById: true, hasSessions: true);
        _session.Lost();
        Assert.Equal((7, 0), (_session.Id, _session.Epoch));
        Assert.Equal((3, 0), Round(7));
    }

    [Fact]
    public void F7_A_full_answer_that_leaves_a_partition_out_is_no_beginning()
    {
        AddMany(3);
        _session.Compose(isById: true, hasSessions: true);
        Find(Orders, 0);
        Find(Orders, 1);
        _session.Answered(7);
        Assert.Equal((7, 0), (_session.Id, _session.Epoch));
        Assert.Equal((3, 0), Round(7));
    }

    [Fact]
    public void F7_The_broker_may_end_the_session_with_any_answer()
    {
        AddMany(3);
        Round(7);
        Round(0);
        Assert.Equal((0, 0), (_session.Id, _session.Epoch));
        Assert.Equal((3, 0), Round(9));
        Assert.Equal((9, 1), (_session.Id, _session.Epoch));
    }

    [Fact]
    public void F7_The_epoch_goes_on_from_one_after_the_last_number()
    {
        AddMany(1);
        Round(7);
        typeof(FetchSession).GetProperty(nameof(FetchSession.Epoch))!.SetValue(_session, int.MaxValue);
        Round(7);
        Assert.Equal(1, _session.Epoch);
    }

    [Fact]
    public void G7_One_topic_without_an_id_and_the_request_names_topics_by_name_in_a_session_of_its_own()
    {
        Add("orders", Orders, 0);
        Assert.True(_session.CanNameById);
        Round(7);
        PartitionCursor nameless = Add("parcels", Guid.Empty, 0);
        Assert.False(_session.CanNameById);
        _session.Compose(isById: false, hasSessions: true);
        Assert.Equal((7, 0), (_session.Id, _session.Epoch));
        Assert.Equal(2, _session.Named.Count);
        Assert.NotNull(_session.Find("orders"u8, Guid.Empty, 0));
        Assert.NotNull(_session.Find("parcels"u8, Guid.Empty, 0));
        _session.Answered(8);
        Assert.Equal(1, _session.Epoch);

        _session.Remove(nameless);
        nameless.TopicId = Parcels;
        _session.Add(nameless);
        Assert.True(_session.CanNameById);
        Assert.Equal((2, 0), Round(9));
        Assert.NotNull(Find(Parcels, 0));
    }

    [Fact]
    public void F11_A_topic_that_was_created_again_is_asked_for_by_its_new_id_in_a_new_session()
    {
        PartitionCursor cursor = Add("orders", Orders, 0);
        Add("parcels", Parcels, 0);
        Round(7);
        _session.Remove(cursor);
        Guid recreated = new(3, 0, 0, new byte[8]);
        Add("orders", recreated, 0);
        Assert.Equal((2, 0), Round(8));
        Assert.Null(Find(Orders, 0));
        Assert.NotNull(Find(recreated, 0));
    }

    [Fact]
    public void F7_Versions_that_know_no_sessions_are_asked_in_full()
    {
        AddMany(2);
        for (int i = 0; i < 2; i++)
        {
            _session.Compose(isById: false, hasSessions: false);
            Assert.True(_session.IsFull);
            Assert.Equal(2, _session.Named.Count);
            _session.Answered(0);
        }
    }

    private SessionPartition? Find(Guid id, int partition) => _session.Find(default, id, partition);

    /// <summary>One request and its answer: how many partitions it named, and how many it forgot.</summary>
    private (int Named, int Forgotten) Round(int sessionId)
    {
        _session.Compose(isById: true, hasSessions: true);
        foreach (SessionPartition part in _session.Named)
        {
            Assert.Same(part, Find(part.Topic.Id, part.Partition));
        }

        _session.Answered(sessionId);
        return (_session.Named.Count, _session.Forgotten.Count);
    }

    private PartitionCursor[] AddMany(int count) => [.. Enumerable.Range(0, count).Select(partition => Add("orders", Orders, partition))];

    private PartitionCursor Add(string topic, Guid id, int partition, long offset = 0)
    {
        PartitionCursor cursor = new(topic, Encoding.UTF8.GetBytes(topic), partition, offset) { TopicId = id, LeaderEpoch = 3 };
        _session.Add(cursor);
        return cursor;
    }
}
