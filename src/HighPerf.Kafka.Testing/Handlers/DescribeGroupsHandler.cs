using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups;
using HighPerf.Kafka.Testing.Groups.Classic;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Classic groups and their members. A group of the other kind is not there for this API, as in Apache Kafka.</summary>
internal sealed class DescribeGroupsHandler : RequestHandler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    /// <summary>From here on a group that is not there is an error (KIP-1043); before, it is in the state Dead.</summary>
    private const short FirstNotFoundVersion = 6;

    protected override DescribeGroupsResponse Handle(DescribeGroupsRequest request, RequestContext context)
    {
        DescribeGroupsResponse response = new();
        foreach (string id in request.Groups)
        {
            DescribeGroupsResponse.DescribedGroup answer = Describe(id, context);
            if (answer.ErrorCode == (short)ErrorCode.None && request.IncludeAuthorizedOperations)
            {
                answer.AuthorizedOperations = AuthorizedOperations.OfGroup;
            }

            response.Groups.Add(answer);
        }

        return response;
    }

    protected override DescribeGroupsResponse CreateErrorResponse(DescribeGroupsRequest request, RequestContext context, ErrorCode error) => new()
    {
        Groups = request.Groups.ConvertAll(id => new DescribeGroupsResponse.DescribedGroup { GroupId = id, ErrorCode = (short)error }),
    };

    private static DescribeGroupsResponse.DescribedGroup Describe(string id, RequestContext context)
    {
        DescribeGroupsResponse.DescribedGroup answer = new() { GroupId = id };
        ErrorCode error = context.Cluster.Coordinators.Check(CoordinatorKind.Group, id, context.Broker.NodeId);
        if (error != ErrorCode.None)
        {
            answer.ErrorCode = (short)error;
            return answer;
        }

        Group? found = context.Cluster.Groups.Find(id);
        if (found is not ClassicGroup group)
        {
            answer.GroupState = "Dead";
            if (context.Version >= FirstNotFoundVersion)
            {
                answer.ErrorCode = (short)ErrorCode.GroupIdNotFound;
                answer.ErrorMessage = found is null ? $"Group {id} not found." : $"Group {id} is not a classic group.";
            }

            return answer;
        }

        // What members tell and get is known once the leader has decided.
        answer.GroupState = group.State;
        answer.ProtocolType = group.ProtocolType;
        answer.ProtocolData = group.IsStable ? group.Protocol! : "";
        answer.Members.AddRange(group.Members.Select(member => new DescribeGroupsResponse.DescribedGroupMember
        {
            MemberId = member.Id,
            GroupInstanceId = member.InstanceId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            MemberMetadata = group.IsStable ? member.MetadataOf(group.Protocol!) : [],
            MemberAssignment = group.IsStable ? member.Assignment : [],
        }));
        return answer;
    }
}
