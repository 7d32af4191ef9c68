using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Administration;

/// <summary>Asks for all offsets that a group has committed, in whatever form the version has. Belongs to the loop it is sent on.</summary>
internal sealed class GroupOffsetsQuestion : AwaitableRequest<OffsetFetchRequest, OffsetFetchResponse>
{
    private const short FirstGroupsVersion = 8;

    // Version 1 cannot ask for all; version 10 names topics by id, and not every topic of a group has to exist still (G7).
    private const short LowestForAll = 2;
    private const short HighestWithNames = 9;

    private readonly string _group;

    public GroupOffsetsQuestion(string group, TimeSpan timeout, WorkExecutor executor)
        : base(new OffsetFetchRequest(), timeout, static told => told.ThrottleTimeMs, executor, LowestForAll, HighestWithNames) => _group = group;

    public override void Encode(RequestWriter output, short version)
    {
        bool isBatch = version >= FirstGroupsVersion;
        Message.GroupId = isBatch ? "" : _group;
        Message.Topics = isBatch ? [] : null;
        Message.Groups = isBatch ? [new OffsetFetchRequest.OffsetFetchRequestGroup { GroupId = _group, Topics = null }] : [];
        base.Encode(output, version);
    }
}
