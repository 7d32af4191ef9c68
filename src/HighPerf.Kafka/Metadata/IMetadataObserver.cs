namespace HighPerf.Kafka.Metadata;

/// <summary>Who wants to hear of new views of the cluster.</summary>
internal interface IMetadataObserver
{
    /// <summary>A newer view is there. On the loop the observer registered with; several changes may come as one call.</summary>
    void OnMetadataChanged(ClusterMetadata metadata);
}
