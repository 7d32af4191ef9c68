using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Security;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Makes and deletes SCRAM credentials; each user succeeds or fails on its own, and may be named once.</summary>
internal sealed class AlterUserScramCredentialsHandler : RequestHandler<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>
{
    protected override AlterUserScramCredentialsResponse Handle(AlterUserScramCredentialsRequest request, RequestContext context)
    {
        ScramUsers users = context.Cluster.ScramUsers;
        List<string> named = [.. Named(request)];
        AlterUserScramCredentialsResponse response = new();
        foreach (string user in named.Distinct().Where(user => named.Count(other => other == user) > 1))
        {
            Answer(response, user, (ErrorCode.DuplicateResource, "A user credential cannot be altered twice in the same request"));
        }

        foreach (AlterUserScramCredentialsRequest.ScramCredentialDeletion deletion in request.Deletions)
        {
            if (named.Count(user => user == deletion.Name) == 1
                && Answer(response, deletion.Name, users.CheckDeletion(deletion.Name, deletion.Mechanism)))
            {
                users.Delete(deletion.Name, deletion.Mechanism);
            }
        }

        foreach (AlterUserScramCredentialsRequest.ScramCredentialUpsertion upsertion in request.Upsertions)
        {
            if (named.Count(user => user == upsertion.Name) == 1
                && Answer(response, upsertion.Name, ScramUsers.CheckUpsertion(upsertion.Name, upsertion.Mechanism, upsertion.Iterations)))
            {
                users.Set(upsertion.Name, upsertion.Mechanism, upsertion.Iterations);
            }
        }

        return response;
    }

    protected override AlterUserScramCredentialsResponse CreateErrorResponse(
        AlterUserScramCredentialsRequest request, RequestContext context, ErrorCode error)
    {
        AlterUserScramCredentialsResponse response = new();
        foreach (string user in Named(request).Distinct())
        {
            Answer(response, user, (error, error.ToString()));
        }

        return response;
    }

    private static IEnumerable<string> Named(AlterUserScramCredentialsRequest request) =>
        request.Deletions.Select(deletion => deletion.Name).Concat(request.Upsertions.Select(upsertion => upsertion.Name));

    /// <summary>Whether all is well with the user.</summary>
    private static bool Answer(AlterUserScramCredentialsResponse response, string user, (ErrorCode Error, string Message)? wrong)
    {
        response.Results.Add(new AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult
        {
            User = user,
            ErrorCode = (short)(wrong?.Error ?? ErrorCode.None),
            ErrorMessage = wrong?.Message,
        });
        return wrong is null;
    }
}
