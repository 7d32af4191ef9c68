namespace HighPerf.Kafka.Testing.Security;

/// <summary>
/// The SCRAM credentials that administrators made: kept and told, asked by nobody, because the listeners are plaintext. Owner: the cluster's loop.
/// </summary>
internal sealed class ScramUsers
{
    private const sbyte Sha256 = 1;
    private const sbyte Sha512 = 2;
    private const int MinIterations = 4096;
    private const int MaxIterations = 16_384;

    /// <summary>By user, then by mechanism: how many iterations.</summary>
    private readonly SortedDictionary<string, SortedDictionary<sbyte, int>> _users = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _users.Keys;

    /// <summary>The mechanisms of a user with their iterations; empty when there is no such user.</summary>
    public IEnumerable<KeyValuePair<sbyte, int>> CredentialsOf(string user) => _users.GetValueOrDefault(user) ?? [];

    /// <summary>What is wrong with new credentials; null when all is well.</summary>
    public static (ErrorCode Error, string Message)? CheckUpsertion(string user, sbyte mechanism, int iterations)
    {
        if (CheckNames(user, mechanism) is { } wrong)
        {
            return wrong;
        }

        if (iterations < MinIterations)
        {
            return (ErrorCode.UnacceptableCredential, "Too few iterations");
        }

        return iterations > MaxIterations ? (ErrorCode.UnacceptableCredential, "Too many iterations") : null;
    }

    /// <summary>What is wrong with a wish to delete credentials; null when all is well.</summary>
    public (ErrorCode Error, string Message)? CheckDeletion(string user, sbyte mechanism)
    {
        if (CheckNames(user, mechanism) is { } wrong)
        {
            return wrong;
        }

        bool isThere = _users.TryGetValue(user, out SortedDictionary<sbyte, int>? credentials) && credentials.ContainsKey(mechanism);
        return isThere ? null : (ErrorCode.ResourceNotFound, "Attempt to delete a user credential that does not exist");
    }

    public void Set(string user, sbyte mechanism, int iterations)
    {
        if (!_users.TryGetValue(user, out SortedDictionary<sbyte, int>? credentials))
        {
            credentials = [];
            _users.Add(user, credentials);
        }

        credentials[mechanism] = iterations;
    }

    public void Delete(string user, sbyte mechanism)
    {
        _users[user].Remove(mechanism);
        if (_users[user].Count == 0)
        {
            _users.Remove(user);
        }
    }

    private static (ErrorCode Error, string Message)? CheckNames(string user, sbyte mechanism)
    {
        if (user.Length == 0)
        {
            return (ErrorCode.UnacceptableCredential, "Username must not be empty");
        }

        return mechanism is Sha256 or Sha512 ? null : (ErrorCode.UnsupportedSaslMechanism, "Unknown SCRAM mechanism");
    }
}
