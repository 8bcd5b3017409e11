"""The event names of the system taken over (reference section 1.2). An open set: an unknown name is a warning."""

EVENTS = tuple(
    """
    token_init token_assign token_unassign token_enable token_disable token_revoke token_delete token_reset
    token_resync token_setpin token_setrandompin token_set token_info token_realm token_load token_copypin
    token_copyuser token_lost token_list token_getserial token_getchallenges token_cancelchallenge
    token_assign_group token_unassign_group
    validate_check validate_triggerchallenge validate_poll_transaction validate_offlinerefill auth ttype
    container_init container_delete container_assign container_unassign container_add_token
    container_remove_token container_set_description container_set_states container_set_realms
    container_register_initialize container_register_finalize container_unregister container_create_challenge
    container_synchronize container_init_rollover
    user_list user_add user_update user_delete set_custom_user_attribute delete_custom_user_attribute
    get_user_attribute get_editable_attributes get_user_internal_attribute user_settings_get user_settings_set
    user_settings_delete
    tokengroup_add tokengroup_list tokengroup_delete serviceid_add serviceid_list serviceid_delete
    api_client_add api_client_list api_client_edit api_client_rotate api_client_delete
    remembered_device_list remembered_device_revoke remembered_device_revoke_all remembered_device_revoke_bulk
    subscription_get subscription_status subscription_save subscription_delete
    """.split()
)
