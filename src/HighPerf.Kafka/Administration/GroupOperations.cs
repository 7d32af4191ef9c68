using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Administration;

/// <summary>Lists, describes and deletes groups. Thread-safe; holds no state.</summary>
internal sealed class GroupOperations
{
    private readonly ClusterClient _cluster;

    public GroupOperations(ClusterClient cluster) => _cluster = cluster;

    /// <summary>Each broker knows the groups that it coordinates.</summary>
    public async Task<IReadOnlyList<GroupListing>> ListAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ClusterMetadata view = await _cluster.Metadata.RefreshAsync(_cluster.Runtime.Options.OperationTimeout, cancellationToken).ConfigureAwait(false);
            if (view.Brokers.Length == 0)
            {
                throw new KafkaConnectionException("Cannot list the groups: the bootstrap server names no brokers.");
            }

            try
            {
                GroupListing[][] lists = await Task.WhenAll(view.Brokers.Select(broker => ListAtAsync(broker, cancellationToken))).ConfigureAwait(false);

                // A coordinator that has just moved is told by two.
                IEnumerable<GroupListing> all = lists.SelectMany(static list => list).DistinctBy(static group => group.GroupId);
                return [.. all.OrderBy(static group => group.GroupId, StringComparer.Ordinal)];
            }
            catch (KafkaConnectionException) when (view.Brokers.Any(broker => !_cluster.Metadata.Current.TryGetBroker(broker.Id, out _)))
            {
                // A broker has left: its groups are with others, who may have been asked too early. Each round has one broker fewer.
            }
        }
    }

    public async Task<GroupDescription> DescribeAsync(string group, CancellationToken cancellationToken)
    {
        string what = $"describe group \"{group}\"";
        BrokerEndpoint? coordinator = null;
        try
        {
            ConsumerGroupDescribeResponse answer = await new AdministrationCall(_cluster, what)
                .SendToCoordinatorAsync<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>(
                    group,
                    (timeout, executor) => new AwaitableRequest<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>(
                        new ConsumerGroupDescribeRequest { GroupIds = [group] }, timeout, static told => told.ThrottleTimeMs, executor),
                    mayRepeat: true,
                    (told, broker) =>
                    {
                        coordinator = broker;
                        ConsumerGroupDescribeResponse.DescribedGroup? found = told.Groups.Find(g => g.GroupId == group);
                        return Error(ApiKey.ConsumerGroupDescribe, group, found?.ErrorCode, found?.ErrorMessage, broker);
                    },
                    cancellationToken).ConfigureAwait(false);
            return GroupDescriber.Describe(answer.Groups.Find(g => g.GroupId == group)!, coordinator!.Id);
        }
        catch (KafkaBrokerException error) when (error.Code is ErrorCode.UnsupportedVersion or ErrorCode.GroupIdNotFound)
        {
            // Older brokers have no other groups than classic ones; the others answer so for a classic group.
        }

        DescribeGroupsResponse classic = await new AdministrationCall(_cluster, what).SendToCoordinatorAsync<DescribeGroupsRequest, DescribeGroupsResponse>(
            group,
            (timeout, executor) => new AwaitableRequest<DescribeGroupsRequest, DescribeGroupsResponse>(
                new DescribeGroupsRequest { Groups = [group] }, timeout, static told => told.ThrottleTimeMs, executor),
            mayRepeat: true,
            (told, broker) =>
            {
                coordinator = broker;
                DescribeGroupsResponse.DescribedGroup? found = told.Groups.Find(g => g.GroupId == group);

                // Before version 6 a group that is not there is told as a dead one.
                bool isMissing = found is { ErrorCode: 0, GroupState: "Dead" };
                return Error(ApiKey.DescribeGroups, group, isMissing ? (short)ErrorCode.GroupIdNotFound : found?.ErrorCode, found?.ErrorMessage, broker);
            },
            cancellationToken).ConfigureAwait(false);
        return GroupDescriber.Describe(classic.Groups.Find(g => g.GroupId == group)!, coordinator!.Id);
    }

    public Task DeleteAsync(string group, CancellationToken cancellationToken) =>
        new AdministrationCall(_cluster, $"delete group \"{group}\"").SendToCoordinatorAsync<DeleteGroupsRequest, DeleteGroupsResponse>(
            group,
            (timeout, executor) => new AwaitableRequest<DeleteGroupsRequest, DeleteGroupsResponse>(
                new DeleteGroupsRequest { GroupsNames = [group] }, timeout, static told => told.ThrottleTimeMs, executor),
            mayRepeat: false,
            (told, broker) =>
            {
                DeleteGroupsResponse.DeletableGroupResult? found = told.Results.Find(g => g.GroupId == group);
                return Error(ApiKey.DeleteGroups, group, found?.ErrorCode, found?.ErrorMessage, broker);
            },
            cancellationToken);

    /// <summary>No entry for what was asked is an error of it.</summary>
    internal static KafkaBrokerException? Error(ApiKey api, string group, short? code, string? told, BrokerEndpoint broker)
    {
        ErrorCode error = code is null ? ErrorCode.UnknownServerError : (ErrorCode)code;
        return error == ErrorCode.None
            ? null
            : new KafkaBrokerException(
                error, api, broker.ToString(), $"group \"{group}\"", code is null ? "the answer does not mention the group" : GroupWords.Advice(error) ?? told);
    }

    private async Task<GroupListing[]> ListAtAsync(BrokerEndpoint broker, CancellationToken cancellationToken)
    {
        ListGroupsResponse answer = await new AdministrationCall(_cluster, $"list the groups of {broker}")
            .SendToBrokerAsync<ListGroupsRequest, ListGroupsResponse>(
                broker,
                new ListGroupsRequest(),
                static told => told.ThrottleTimeMs,
                static (told, there) => told.ErrorCode == 0 ? null : new KafkaBrokerException((ErrorCode)told.ErrorCode, ApiKey.ListGroups, there.ToString()),
                cancellationToken).ConfigureAwait(false);
        return
        [
            .. answer.Groups.Select(g => new GroupListing(
                g.GroupId, GroupWords.Type(g.GroupType), GroupWords.State(g.GroupState), g.ProtocolType, broker.Id)),
        ];
    }
}
