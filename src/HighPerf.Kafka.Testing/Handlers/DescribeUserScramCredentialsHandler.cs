using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Which users have SCRAM credentials, without the secrets.</summary>
internal sealed class DescribeUserScramCredentialsHandler : RequestHandler<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>
{
    protected override DescribeUserScramCredentialsResponse Handle(DescribeUserScramCredentialsRequest request, RequestContext context)
    {
        bool all = request.Users is null || request.Users.Count == 0;
        DescribeUserScramCredentialsResponse response = new() { ErrorMessage = null };
        foreach (string user in all ? context.Cluster.ScramUsers.Names : request.Users!.Select(user => user.Name).Distinct())
        {
            DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult result = new() { User = user, ErrorMessage = null };
            response.Results.Add(result);
            if (!all && request.Users!.Count(asked => asked.Name == user) > 1)
            {
                result.ErrorCode = (short)ErrorCode.DuplicateResource;
                result.ErrorMessage = $"Cannot describe SCRAM credentials for the same user twice in a single request: {user}";
                continue;
            }

            foreach ((sbyte mechanism, int iterations) in context.Cluster.ScramUsers.CredentialsOf(user))
            {
                result.CredentialInfos.Add(new DescribeUserScramCredentialsResponse.CredentialInfo { Mechanism = mechanism, Iterations = iterations });
            }

            if (result.CredentialInfos.Count == 0)
            {
                result.ErrorCode = (short)ErrorCode.ResourceNotFound;
                result.ErrorMessage = $"Attempt to describe a user credential that does not exist: {user}";
            }
        }

        return response;
    }

    protected override DescribeUserScramCredentialsResponse CreateErrorResponse(
        DescribeUserScramCredentialsRequest request, RequestContext context, ErrorCode error) => new() { ErrorCode = (short)error };
}
