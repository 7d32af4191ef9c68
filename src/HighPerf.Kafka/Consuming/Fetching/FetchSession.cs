using System.Text;

namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>
/// What one lane fetches, and what its broker knows of that (KIP-227, F7). The first request is full: it names every partition, and begins a session if
/// the broker keeps any. From then on a request names what changed since the one before, and what is to be forgotten; partitions where nothing happens cost
/// nothing. A pure state machine: requests are composed, and answers told, one after the other; in between partitions come and go.
/// <code>
///            composed full (epoch 0)                answered with an id
///   begin ---------------------------> asked full ----------------------> in session, epoch 1
///     ^                                    | answered without an id            | composed: names changes, answered: epoch + 1 (2^31-1 -> 1)
///     +------------------------------------+------------------------------------+ refused, lost, or answered with another id
/// </code>
/// After an error the id is kept, so that the next full request ends the session the broker may still have; unless the broker said it has none.
/// Owner: the session's loop.
/// </summary>
internal sealed class FetchSession
{
    private readonly Dictionary<string, SessionTopic> _topics = new(StringComparer.Ordinal); // looked up only
    private readonly Dictionary<Guid, SessionTopic> _topicsById = []; // looked up only
    private readonly List<SessionPartition> _all = [];
    private readonly List<SessionPartition> _listed = [];
    private int _withoutId;
    private bool _isById;
    private bool _isFull;
    private int _answered;

    /// <summary>The broker's number for the session; 0 for none.</summary>
    public int Id { get; private set; }

    /// <summary>What the next request says: 0 begins a session.</summary>
    public int Epoch { get; private set; }

    /// <summary>How many partitions are fetched.</summary>
    public int Count { get; private set; }

    /// <summary>Whether every topic that is fetched has an id (G7).</summary>
    public bool CanNameById => _withoutId == 0;

    /// <summary>What the request that was composed last names.</summary>
    public List<SessionPartition> Named { get; } = [];

    /// <summary>What it tells the broker to forget.</summary>
    public List<SessionPartition> Forgotten { get; } = [];

    /// <summary>Whether the request that was composed last is full.</summary>
    public bool IsFull => _isFull;

    /// <summary>The partition is fetched from the next request on. Its <see cref="PartitionCursor.Asked"/> is the session's part of it.</summary>
    public void Add(PartitionCursor cursor)
    {
        SessionTopic topic = FindOrAdd(cursor);
        if (!topic.Partitions.TryGetValue(cursor.Partition, out SessionPartition? part))
        {
            part = new SessionPartition(topic, cursor.Partition) { Index = _all.Count };
            topic.Partitions.Add(cursor.Partition, part);
            _all.Add(part);
        }

        part.Cursor = cursor;
        cursor.Asked = part;
        Count++;
        topic.Wanted++;
        _withoutId += topic.Id == Guid.Empty ? 1 : 0;
        Changed(part);
    }

    /// <summary>The partition is not fetched any more.</summary>
    public void Remove(PartitionCursor cursor)
    {
        SessionPartition part = cursor.Asked!;
        cursor.Asked = null;
        part.Cursor = null;
        Count--;
        part.Topic.Wanted--;
        _withoutId -= part.Topic.Id == Guid.Empty ? 1 : 0;
        Changed(part);
    }

    /// <summary>The partition is at another offset, or in another epoch: the broker is to hear of it.</summary>
    public void Changed(SessionPartition part)
    {
        if (!part.IsListed)
        {
            part.IsListed = true;
            _listed.Add(part);
        }
    }

    /// <summary>One of the partitions that are fetched. While nothing is under way.</summary>
    public PartitionCursor? At(int index) => _all[index].Cursor;

    /// <summary>How many <see cref="At"/> can be asked for; some of them may be null.</summary>
    public int Places => _all.Count;

    /// <summary>Composes the next request: <see cref="Named"/> and <see cref="Forgotten"/>.</summary>
    /// <param name="isById">Whether topics are named by their ids in it.</param>
    /// <param name="hasSessions">Whether the version knows sessions.</param>
    public void Compose(bool isById, bool hasSessions)
    {
        if (_isById != isById)
        {
            Epoch = 0; // a session is of one kind
        }

        _isById = isById;
        _isFull = Epoch == 0 || !hasSessions;
        _answered = 0;
        Named.Clear();
        Forgotten.Clear();
        if (_isFull)
        {
            ComposeFull();
        }
        else
        {
            ComposeChanges();
        }
    }

    /// <summary>Who an answer is about; null: nobody asked for it, or nobody wants it any more.</summary>
    /// <param name="name">Empty when the topic is named by its id.</param>
    public SessionPartition? Find(ReadOnlySpan<byte> name, Guid id, int partition)
    {
        SessionTopic? topic;
        if (name.IsEmpty)
        {
            _topicsById.TryGetValue(id, out topic);
        }
        else
        {
            Span<char> text = stackalloc char[256];
            topic = null;
            if (name.Length <= text.Length)
            {
                _topics.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..Encoding.UTF8.GetChars(name, text)], out topic);
            }
        }

        if (topic is null || !topic.Partitions.TryGetValue(partition, out SessionPartition? part))
        {
            return null;
        }

        _answered++;
        return part.Cursor is null ? null : part;
    }

    /// <summary>The request was answered, and its partitions were told before.</summary>
    /// <param name="sessionId">The session that the broker says it is; 0: it keeps none.</param>
    public void Answered(int sessionId)
    {
        if (!_isFull)
        {
            Epoch = sessionId == Id ? Next(Epoch) : 0;
            Id = sessionId == Id ? Id : 0;
            return;
        }

        Id = sessionId;

        // A full answer names everything; of a session that lacks something it would never be heard.
        Epoch = sessionId == 0 || _answered < Named.Count ? 0 : 1;
    }

    /// <summary>The whole request was refused.</summary>
    public void Refused(ErrorCode error)
    {
        Epoch = 0;
        Id = error == ErrorCode.FetchSessionIdNotFound ? 0 : Id;
    }

    /// <summary>There is no answer: nobody knows what the broker knows.</summary>
    public void Lost() => Epoch = 0;

    private static int Next(int epoch) => epoch == int.MaxValue ? 1 : epoch + 1;

    private void ComposeFull()
    {
        for (int i = _all.Count - 1; i >= 0; i--)
        {
            SessionPartition part = _all[i];
            part.IsKnown = false;
            part.IsListed = false;
            if (part.Cursor is null)
            {
                Forget(part);
            }
            else
            {
                part.Ask();
                Named.Add(part);
            }
        }

        _listed.Clear();
    }

    private void ComposeChanges()
    {
        foreach (SessionPartition part in _listed)
        {
            part.IsListed = false;
            if (part.Cursor is not null)
            {
                if (part.Ask())
                {
                    Named.Add(part);
                }
            }
            else
            {
                if (part.IsKnown)
                {
                    Forgotten.Add(part);
                }

                Forget(part);
            }
        }

        _listed.Clear();
    }

    // The last takes its place.
    private void Forget(SessionPartition part)
    {
        SessionPartition last = _all[^1];
        _all[part.Index] = last;
        last.Index = part.Index;
        _all.RemoveAt(_all.Count - 1);
        SessionTopic topic = part.Topic;
        topic.Partitions.Remove(part.Partition);
        if (topic.Partitions.Count == 0)
        {
            _topics.Remove(topic.Name);
            if (_topicsById.TryGetValue(topic.Id, out SessionTopic? named) && named == topic)
            {
                _topicsById.Remove(topic.Id);
            }
        }
    }

    private SessionTopic FindOrAdd(PartitionCursor cursor)
    {
        if (!_topics.TryGetValue(cursor.Topic, out SessionTopic? topic))
        {
            topic = new SessionTopic(cursor.Topic, cursor.TopicBytes) { Id = cursor.TopicId };
            _topics.Add(cursor.Topic, topic);
        }
        else if (topic.Id != cursor.TopicId)
        {
            // Its id became known, or it is another topic of the same name (F11): what the broker has of it means nothing, and all is asked for anew.
            _withoutId += (cursor.TopicId == Guid.Empty ? topic.Wanted : 0) - (topic.Id == Guid.Empty ? topic.Wanted : 0);
            _topicsById.Remove(topic.Id);
            topic.Id = cursor.TopicId;
            Epoch = 0;
        }

        if (topic.Id != Guid.Empty)
        {
            _topicsById[topic.Id] = topic;
        }

        return topic;
    }
}
